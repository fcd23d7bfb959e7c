"""The rows that a comparison of methods gives, their means over benchmarks, and their file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from eval_predict.data.csv_rows import write_csv

BASELINE = "random_sampling"


@dataclass(frozen=True, slots=True)
class BenchRow:
    """How one method did on one benchmark, split and budget, over targets and repeats.

    Attributes:
        benchmark: the matrix's name.
        split: the split's name.
        budget: as asked for: a number of items (int) or a share of them (float).
        method: the method's name.
        mae: mean absolute error, in points of 100.
        random_mae: the error to expect of simple random sampling on the same targets, exact.
        bias: mean error (estimate less truth), in points of 100.
        coverage: share of 95% intervals that hold the truth; None without an interval.
        width: mean width of those intervals, in points of 100; None without an interval.
        interval_score: mean of the width plus 40 times the distance by which the interval misses,
            in points of 100; None without an interval.
        rank_correlation: Spearman's, over targets, averaged over repeats; None below 3 targets or
            where all estimates are the same.
        seconds: fit, select and predict for all targets together, mean over repeats.
        repeats: how many repeats the split gave.
    """

    benchmark: str
    split: str
    budget: float
    method: str
    mae: float
    random_mae: float
    bias: float
    coverage: float | None
    width: float | None
    interval_score: float | None
    rank_correlation: float | None
    seconds: float
    repeats: int


@dataclass(frozen=True, slots=True)
class BenchSummary:
    """One method on one split and budget, over benchmarks.

    Attributes:
        split: as in `BenchRow`.
        budget: as in `BenchRow`.
        method: as in `BenchRow`.
        mae_ratio: mean over benchmarks of its error divided by what simple random sampling's would
            be on the same targets; None where that is nowhere above zero.
        bias: mean over benchmarks, in points of 100.
        coverage: mean over benchmarks, None without an interval.
        worst_coverage: on the benchmark where it is lowest, None without an interval.
        width: mean over benchmarks in points of 100, None without an interval.
        score_ratio: mean over benchmarks of its interval score divided by random sampling's in the
            same run; None without an interval or without that method.
        benchmarks: how many there are.
    """

    split: str
    budget: float
    method: str
    mae_ratio: float | None
    bias: float
    coverage: float | None
    worst_coverage: float | None
    width: float | None
    score_ratio: float | None
    benchmarks: int


def summarise(rows: Sequence[BenchRow]) -> list[BenchSummary]:
    """The mean over benchmarks for each split, budget and method, in the order of the rows."""
    baseline = {
        (row.benchmark, row.split, row.budget): row.interval_score
        for row in rows
        if row.method == BASELINE
    }
    groups: dict[tuple[str, float, str], list[BenchRow]] = {}
    for row in rows:
        groups.setdefault((row.split, row.budget, row.method), []).append(row)
    summaries = []
    for (split, budget, method), group in groups.items():
        coverages = [row.coverage for row in group if row.coverage is not None]
        bases = [baseline.get((row.benchmark, split, budget)) for row in group]
        summaries.append(
            BenchSummary(
                split=split,
                budget=budget,
                method=method,
                mae_ratio=_mean_measured(
                    row.mae / row.random_mae if row.random_mae else None for row in group
                ),
                bias=mean(row.bias for row in group),
                coverage=_mean_measured(coverages),
                worst_coverage=min(coverages, default=None),
                width=_mean_measured(row.width for row in group),
                score_ratio=_mean_measured(
                    row.interval_score / base if base and row.interval_score is not None else None
                    for row, base in zip(group, bases, strict=True)
                ),
                benchmarks=len(group),
            )
        )
    return summaries


def worst_first(summaries: Sequence[BenchSummary]) -> list[BenchSummary]:
    """Summaries with the splits in falling order of the error that the methods make in them."""

    def badness(split: str, budget: float) -> float:
        ratios = [
            row.mae_ratio
            for row in summaries
            if (row.split, row.budget) == (split, budget)
            and row.method != BASELINE
            and row.mae_ratio is not None
        ]
        # The best half of the methods: one that fails in some world says little of the others.
        best = sorted(ratios)[: (len(ratios) + 1) // 2]
        return mean(best) if best else 0.0

    places = {key: badness(*key) for key in dict.fromkeys((r.split, r.budget) for r in summaries)}
    return sorted(summaries, key=lambda row: -places[row.split, row.budget])


def write_rows(rows: Sequence[BenchRow], path: Path) -> None:
    """Write the rows as CSV, empty where there is no value.

    Raises:
        UserError: (a ValueError) on a file that cannot be written.
    """
    write_csv(BenchRow, rows, path)


def _mean_measured(values: Iterable[float | None]) -> float | None:
    measured = [value for value in values if value is not None]
    return mean(measured) if measured else None
