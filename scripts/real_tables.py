"""The tables of docs/study.md on a real model, from run directories of `iwsi study`.

    python scripts/real_tables.py runs/smollm2_trec-study --train data/trec/train.jsonl

A study's folder holds `seed-S/FILTER`. Printed are accuracy after a round beside the precision of
what was kept; how well each score ranks right votes, on the audited rows and on the questions
themselves; and all rounds' test scores as one table for `eval-predict gain-bench`.
"""

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from eval_predict.stats.estimate import mean_over_seeds
from iwsi.filter.ranking import auc_estimate, precision_at
from iwsi.recipe import Recipe
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.run_dir import read_recipe
from iwsi.study.summary import precision_of, right_candidates

FloatArray = NDArray[np.float64]

# Scores of voted candidates: the arm that has each, and how it is computed, a high one being kept.
POOL_SCORES: dict[str, tuple[str, Callable[[pa.Table], FloatArray]]] = {
    "the vote share": ("auto", lambda table: _column(table, "vote_share")),
    "low loss": ("auto", lambda table: _column(table, "logprob") / table["num_tokens"].to_numpy()),
    "the probability that `auto` fits": ("auto", lambda table: _column(table, "score")),
    "the DS weight (`iwsi`)": ("iwsi", lambda table: -_column(table, "score")),
}
SHARES = (0.2, 0.6)
ORDER = ("lmsi", "random", "conformal", "vote_share", "confidence", "iwsi", "auto", "oracle")


@dataclass(frozen=True)
class Arm:
    """One run of a study.

    Attributes:
        filter: its name, a swept setting included.
        seed: its recipe's.
        start: accuracy of the model before the warm start; None without one.
        before: accuracy before the round.
        after: accuracy after it.
        kept: candidates that were trained on.
        precision: their share that has the label.
        root: its run directory.
        recipe: with the training rows where they are.
    """

    filter: str
    seed: int
    start: float | None
    before: float
    after: float
    kept: int
    precision: float | None
    root: Path
    recipe: Recipe


def main() -> None:
    """Print each table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path, help="folder of seed-S/FILTER")
    parser.add_argument("--train", type=Path, help="where the training rows are now")
    parser.add_argument("--scores", type=Path, help="where the table for gain-bench goes")
    given = parser.parse_args()
    arms = read_arms(given.study, given.train)
    print("\n".join(rounds_table(arms)), end="\n\n")
    print("\n".join(audit_table(arms)), end="\n\n")
    print("\n".join(pool_table(arms)))
    if given.scores:
        pq.write_table(round_scores(arms), given.scores)


def read_arms(study: Path, train: Path | None) -> list[Arm]:
    """The finished arms of a study, by filter and seed."""
    arms = []
    for folder in sorted(study.glob("seed-*/*")):
        if not (folder / "scores.parquet").is_file():
            continue
        recipe = read_recipe(folder)
        if train is not None:
            split = recipe.task.train.model_copy(update={"path": str(train)})
            task = recipe.task.model_copy(update={"train": split})
            recipe = recipe.model_copy(update={"task": task})
        accuracy = accuracies(pq.read_table(folder / "scores.parquet"))
        if "round-1" not in accuracy:
            continue
        selection = _selection(folder)
        kept = selection.filter(selection["keep"])
        arms.append(
            Arm(
                folder.name,
                recipe.seed,
                accuracy.get("start"),
                accuracy["round-0"],
                accuracy["round-1"],
                kept.num_rows,
                precision_of(kept, recipe),
                folder,
                recipe,
            )
        )
    return sorted(arms, key=lambda arm: (_place(arm.filter), arm.filter, arm.seed))


def accuracies(scores: pa.Table) -> dict[str, float]:
    """The mean score of each of a run's models, by the last part of its name."""
    means = scores.group_by("model").aggregate([("score", "mean")])
    return {
        name.rpartition("/")[2]: mean
        for name, mean in zip(
            means["model"].to_pylist(), means["score_mean"].to_pylist(), strict=True
        )
    }


def rounds_table(arms: Sequence[Arm]) -> list[str]:
    """A line of text on the start, and a row for each filter."""
    by_seed = {arm.seed: arm for arm in arms}
    before = [100 * arm.before for arm in by_seed.values()]
    start = [100 * arm.start for arm in by_seed.values() if arm.start is not None]
    lines = [
        *([f"Base model: {np.mean(start):.1f}% ({_listed(start)})."] if start else []),
        f"Before the round: {np.mean(before):.1f}% ({_listed(before)}).",
        "",
        "| filter | seeds | kept | of these right | before, % | after, % | points gained "
        "| each seed |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in dict.fromkeys(arm.filter for arm in arms):
        mine = [arm for arm in arms if arm.filter == name]
        gains = [100 * (arm.after - arm.before) for arm in mine]
        right = [arm.precision for arm in mine if arm.precision is not None]
        lines.append(
            f"| `{name}` | {len(mine)} | {np.mean([arm.kept for arm in mine]):,.0f} | "
            f"{f'{np.mean(right):.1%}' if right else '–'} | "
            f"{100 * np.mean([arm.before for arm in mine]):.1f} | "
            f"{100 * np.mean([arm.after for arm in mine]):.1f} | {_over_seeds(gains)} | "
            f"{_listed(gains, '+.1f')} |"
        )
    return lines


def audit_table(arms: Sequence[Arm]) -> list[str]:
    """Each score's AUC on audited rows: mean and each seed; right votes at 20 and 60% kept."""
    reports = [
        report
        for arm in arms
        if arm.filter == "auto"
        for report in [json.loads((arm.root / RoundFiles.of(1).audit).read_text())["report"]]
        if report is not None
    ]
    lines = ["| score, on the audited rows | AUC | right at 20 / 60% |", "| --- | --- | --- |"]
    by_title: dict[str, list[dict[str, object]]] = {}
    for report in reports:
        for score in report["scores"]:
            by_title.setdefault(score["title"], []).append(score)
    rows = []
    for title, scores in by_title.items():
        aucs = [score["auc"]["value"] for score in scores]  # type: ignore[index]
        at = [
            np.mean([score["precision"][str(share)] for score in scores])  # type: ignore[index]
            for share in SHARES
        ]
        text = " / ".join(f"{value:.0%}" for value in at)
        rows.append((np.mean(aucs), f"| {title} | {_aucs(aucs)} | {text} |"))
    return lines + [row for _, row in sorted(rows, reverse=True)]


def pool_table(arms: Sequence[Arm]) -> list[str]:
    """How well each filter's score ranks the voted candidates of the questions themselves."""
    lines = ["| score, on the questions | AUC | right at 20 / 60% |", "| --- | --- | --- |"]
    for title, (name, score) in POOL_SCORES.items():
        found = [_ranking(arm, score) for arm in arms if arm.filter == name]
        if not found:
            continue
        at = " / ".join(f"{np.mean([one[1][i] for one in found]):.1%}" for i in range(len(SHARES)))
        lines.append(f"| {title} | {_aucs([one[0] for one in found])} | {at} |")
    return lines


def round_scores(arms: Iterable[Arm]) -> pa.Table:
    """All arms' rounds over the same test items, as `gain-bench` reads the rounds of runs."""
    tables, seen = [], set()
    for arm in arms:
        table = pq.read_table(arm.root / "scores.parquet")
        rounds = [name for name in table["model"].unique().to_pylist() if "/round-" in name]
        table = table.filter(pc.is_in(table["model"], pa.array(rounds)))
        scores = (arm.seed, tuple(table["score"].to_pylist()))
        if scores in seen:
            continue  # two filters that kept the same candidates
        seen.add(scores)
        names = [
            f"{arm.seed}-{arm.filter}/{model.rpartition('/')[2]}"
            for model in table["model"].to_pylist()
        ]
        tables.append(pa.table({"model": names, "item": table["item"], "score": table["score"]}))
    return pa.concat_tables(tables)


def _ranking(arm: Arm, score: Callable[[pa.Table], FloatArray]) -> tuple[float, tuple[float, ...]]:
    selection = _selection(arm.root)
    voted = selection.filter(selection["agrees"])
    right_C = right_candidates(voted, voted["question_id"].unique().to_pylist(), arm.recipe)
    score_C = score(voted)
    finite_C = np.isfinite(score_C)
    auc = auc_estimate(score_C[finite_C], right_C[finite_C], np.random.default_rng(0))
    return auc.value, precision_at(score_C[finite_C], right_C[finite_C], SHARES)


def _selection(root: Path) -> pa.Table:
    columns = ["question_id", "answer", "agrees", "keep", "score"]
    columns += ["vote_share", "logprob", "num_tokens"]
    return pq.read_table(root / RoundFiles.of(1).selection, columns=columns)


def _column(table: pa.Table, name: str) -> FloatArray:
    return np.asarray(table[name].to_numpy(), float)


def _place(name: str) -> int:
    return ORDER.index(name) if name in ORDER else len(ORDER)


def _over_seeds(points: Sequence[float]) -> str:
    mean = mean_over_seeds(points)
    if len(points) < 2:
        return f"{mean.value:+.1f}".replace("-", "−")
    return f"{mean.value:+.1f} [{mean.low:+.1f}, {mean.high:+.1f}]".replace("-", "−")


def _listed(points: Sequence[float], form: str = ".1f") -> str:
    return ", ".join(format(point, form) for point in points).replace("-", "−")


def _aucs(aucs: Sequence[float]) -> str:
    listed = ", ".join(f"{auc:.2f}" for auc in aucs)
    return f"{np.mean(aucs):.2f} ({listed})"


if __name__ == "__main__":
    main()
