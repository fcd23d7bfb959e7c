"""The tables of the study on a real model, from the results of scripts/real_study.py."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from real_model.arms import ARMS
from real_model.tasks import PLANS

from eval_predict.stats.difference import paired_difference
from eval_predict.stats.estimate import mean_score

SCORES = (
    "vote_share",
    "low_loss",
    "ds_weight_sequence",
    "ds_weight_completion",
    "ds_one_sided",
    "ds_weight_right_answers",
    "probability",
)


def main() -> None:
    """Print each table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="the folder that --out named")
    out: Path = parser.parse_args().out
    for folder, task, seed in _runs(out):
        scores = _read(folder / "scores.json")
        if scores:
            print(
                f"\n{task}, seed {seed}: votes right {scores['vote_accuracy']:.1%} (pool), "
                f"{scores['audit_vote_accuracy']:.1%} (labelled rows). {scores['auto']}\n"
            )
            print_scores(scores)
        if any(folder.glob("round-*.json")):
            print()
            print_rounds(folder)


def print_scores(scores: dict[str, Any]) -> None:
    """AUC on the pool with its interval, right votes at 20 and 60% kept, AUC on labelled rows."""
    print("| score | AUC, pool | right at 20 / 60% kept | AUC, labelled rows |")
    print("|---|---|---|---|")
    for name in SCORES:
        pool = scores["pool"][name]
        audit = scores["audit"].get(name)
        labelled = _interval(audit["auc"]) if audit else "–"
        at = " / ".join(f"{share:.3f}" for share in pool["at"])
        print(f"| {name} | {_interval(pool['auc'])} | {at} | {labelled} |")


def print_rounds(folder: Path) -> None:
    """Accuracy after one round of each filter, and its difference to the warm start."""
    before = _read(folder / "warm.json")["test"]
    base = mean_score(before)
    print(f"Warm start: {base.value:.1%} [{base.low:.1%}, {base.high:.1%}] of {len(before)}.\n")
    print("| filter | kept | of these right | after | points over the warm start |")
    print("|---|---|---|---|---|")
    for arm in ARMS:
        record = _read(folder / f"round-{arm}.json")
        if record:
            gain = paired_difference(record["test"], before, 0.95)
            after = mean_score(record["test"])
            print(
                f"| {arm} | {record['kept']} | {record['precision']:.1%} | {after.value:.1%} | "
                f"{100 * gain.value:+.1f} [{100 * gain.low:+.1f}, {100 * gain.high:+.1f}] |"
            )


def _runs(out: Path) -> Iterator[tuple[Path, str, int]]:
    for task in PLANS:
        for folder in sorted(out.glob(f"{task}-*")):
            yield folder, task, int(folder.name.rpartition("-")[2])


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _interval(auc: list[float]) -> str:
    value, low, high = (f"{number:.2f}".removeprefix("0") for number in auc)
    return f"{value} [{low}, {high}]"


if __name__ == "__main__":
    main()
