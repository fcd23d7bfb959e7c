"""The tables of docs/study.md that come from scripts/real_study.py, training cut for a CPU."""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from real_model.arms import ARMS
from real_model.forecasts import record
from real_model.tasks import PLANS

from eval_predict.stats.difference import paired_difference
from eval_predict.stats.estimate import mean_over_seeds

SCORES = (
    "vote_share",
    "margin",
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
    rounds: list[tuple[list[float], list[float]]] = []
    for task in PLANS:
        folders = [folder for _, folder in _runs(out, task)]
        if not folders:
            continue
        print(f"\n## {task}: {len(folders)} seeds\n")
        print_scores(folders)
        print()
        print_rounds(folders)
        rounds += [pair for folder in folders for pair in _pairs(folder)]
    if rounds:
        print_record(rounds)


def print_scores(folders: Sequence[Path]) -> None:
    """AUC on the pool, mean and range over seeds; right votes at 20 and 60% kept."""
    found = [_read(folder / "scores.json") for folder in folders]
    right = " ".join(f"{scores['vote_accuracy']:.1%}" for scores in found)
    print(f"Votes right in the pool: {right}\n")
    print("| score | AUC | right at 20 / 60% kept | AUC on labelled rows |")
    print("|---|---|---|---|")
    for name in SCORES:
        if any(name not in scores["pool"] for scores in found):
            continue
        pool = [scores["pool"][name] for scores in found]
        audits = [scores["audit"][name]["auc"][0] for scores in found if name in scores["audit"]]
        at = " / ".join(f"{np.mean([score['at'][i] for score in pool]):.3f}" for i in (0, 1))
        aucs = [score["auc"][0] for score in pool]
        print(f"| {name} | {_range(aucs)} | {at} | {_range(audits) if audits else '–'} |")


def print_rounds(folders: Sequence[Path]) -> None:
    """Accuracy after one round of each filter, and the gain over the warm start."""
    before = [_read(folder / "warm.json")["test"] for folder in folders]
    rows = len(before[0])
    print(f"Warm start: {_mean([np.mean(test) for test in before])} of {rows} test rows.\n")
    if not any((folder / f"round-{arm}.json").exists() for folder in folders for arm in ARMS):
        return
    print("| filter | seeds | kept | right | after, % | points over the warm start | each seed |")
    print("|---|---|---|---|---|---|---|")
    for arm in ARMS:
        records = [_read(folder / f"round-{arm}.json") for folder in folders]
        pairs = [
            (found, test) for found, test in zip(records, before, strict=True) if found is not None
        ]
        if not pairs:
            continue
        gains = [100 * (np.mean(found["test"]) - np.mean(test)) for found, test in pairs]
        kept = np.mean([found["kept"] for found, _ in pairs])
        right = np.mean([found["precision"] for found, _ in pairs])
        after = 100 * np.mean([np.mean(found["test"]) for found, _ in pairs])
        seeds = ", ".join(f"{gain:+.1f}" for gain in gains).replace("-", "−")
        print(
            f"| {arm} | {len(pairs)} | {kept:.0f} | {right:.1%} | {after:.1f} | "
            f"{_interval(gains, pairs)} | {seeds} |"
        )


def print_record(rounds: Sequence[tuple[list[float], list[float]]]) -> None:
    """How good forecasts from a tenth of the test rows would have been."""
    found = record(rounds)
    print(
        f"\nForecasts of {found.rounds} rounds from a tenth of the test rows: mean error of the "
        f"gain {100 * found.error:.1f} points (plain difference {100 * found.plain_error:.1f}); "
        f"90% intervals hold the full test's gain in {found.covered:.0%}. The gate lets pass "
        f"{found.passed_worse:.0%} of {found.worse} rounds that lost answers and "
        f"{found.passed_better:.0%} of {found.better} that gained two points or more."
    )


def _pairs(folder: Path) -> Iterator[tuple[list[float], list[float]]]:
    """Test scores before and after each round of different rows."""
    before, seen = _read(folder / "warm.json")["test"], []
    for arm in ARMS:
        found = _read(folder / f"round-{arm}.json")
        if found is not None and found["rows"] not in seen:
            seen.append(found["rows"])
            yield before, found["test"]


def _interval(gains: Sequence[float], pairs: Sequence[Any]) -> str:
    """A t interval over seeds; of one seed the interval over its test rows."""
    gain = mean_over_seeds(gains) if len(gains) > 1 else None
    if gain is None:
        found, test = pairs[0]
        rows = [100 * np.array(scores) for scores in (found["test"], test)]
        gain = paired_difference(*rows, 0.95)
    return f"{gain.value:+.1f} [{gain.low:+.1f}, {gain.high:+.1f}]".replace("-", "−")


def _runs(out: Path, task: str) -> list[tuple[int, Path]]:
    """Finished warm starts of a task, by seed."""
    needed = ("scores.json", "warm.json")
    folders = [f for f in out.glob(f"{task}-*") if all((f / name).exists() for name in needed)]
    return sorted((int(folder.name.rpartition("-")[2]), folder) for folder in folders)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _mean(values: Sequence[float]) -> str:
    return f"{np.mean(values):.1%} ({', '.join(f'{value:.1%}' for value in values)})"


def _range(values: Sequence[float]) -> str:
    numbers = [f"{number:.2f}".removeprefix("0") for number in (np.mean(values), *values)]
    return f"{numbers[0]} ({', '.join(numbers[1:])})"


if __name__ == "__main__":
    main()
