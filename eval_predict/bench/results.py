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
        bias: mean error (estimate less truth), in points of 100.
        coverage: share of 95% intervals that hold the truth; None without an interval.
        width: mean width of those intervals, in points of 100; None without an interval.
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
    bias: float
    coverage: float | None
    width: float | None
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
        mae_ratio: mean over benchmarks of its error divided by random sampling's in the same run;
            None where that is not there or nowhere above zero.
        coverage: mean over benchmarks, None without an interval.
        width: mean over benchmarks in points of 100, None without an interval.
        benchmarks: how many there are.
    """

    split: str
    budget: float
    method: str
    mae_ratio: float | None
    coverage: float | None
    width: float | None
    benchmarks: int


def summarise(rows: Sequence[BenchRow]) -> list[BenchSummary]:
    """The mean over benchmarks for each split, budget and method, in the order of the rows."""
    baseline = {
        (row.benchmark, row.split, row.budget): row.mae for row in rows if row.method == BASELINE
    }
    groups: dict[tuple[str, float, str], list[BenchRow]] = {}
    for row in rows:
        groups.setdefault((row.split, row.budget, row.method), []).append(row)
    summaries = []
    for key, group in groups.items():
        pairs = [(row.mae, baseline.get((row.benchmark, *key[:2]), 0)) for row in group]
        ratio = _mean_known(mae / base if base else None for mae, base in pairs)
        coverage = _mean_known(row.coverage for row in group)
        width = _mean_known(row.width for row in group)
        summaries.append(BenchSummary(*key, ratio, coverage, width, len(group)))
    return summaries


def write_rows(rows: Sequence[BenchRow], path: Path) -> None:
    """Write the rows as CSV, empty where there is no value.

    Raises:
        UserError: (a ValueError) on a file that cannot be written.
    """
    write_csv(BenchRow, rows, path)


def _mean_known(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return mean(known) if known else None
