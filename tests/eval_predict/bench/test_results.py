import csv
from dataclasses import replace
from pathlib import Path

import pytest

from eval_predict import UserError, summarise
from eval_predict.bench.results import BenchRow, worst_first, write_rows

RANDOM_MAE = {"a": 4.0, "b": 1.0, "zero": 0.0}


def _row(benchmark: str, method: str, mae: float, coverage: float | None) -> BenchRow:
    width = None if coverage is None else 2.0
    score = None if coverage is None else 2 * mae
    numbers = (mae, RANDOM_MAE[benchmark], 0.0, coverage, width, score, None, 0.1)
    return BenchRow(benchmark, "frontier", 50, method, *numbers, 10)


def test_the_summary_is_the_mean_of_ratios_within_each_benchmark() -> None:
    rows = [
        _row("a", "random_sampling", 4, 0.9),
        _row("a", "m", 2, None),
        _row("b", "random_sampling", 1, 1.0),
        _row("b", "m", 2, None),
        _row("zero", "random_sampling", 0, 1.0),
        _row("zero", "m", 0, None),
    ]
    baseline, method = summarise(rows)
    assert (baseline.mae_ratio, baseline.benchmarks) == (1, 3)
    assert baseline.coverage == pytest.approx(2.9 / 3)
    assert method.mae_ratio == pytest.approx((2 / 4 + 2 / 1) / 2)
    assert (method.coverage, method.width) == (None, None)


def test_splits_come_in_falling_order_of_the_better_methods_error() -> None:
    rows = [
        replace(_row("a", "random_sampling", 4, 0.9), split=split) for split in ("easy", "hard")
    ]
    rows += [replace(_row("a", "good", 1, 0.9), split="easy"), _hopeless("easy")]
    rows += [replace(_row("a", "good", 3, 0.9), split="hard"), _hopeless("hard")]
    assert [row.split for row in worst_first(summarise(rows))] == ["hard"] * 3 + ["easy"] * 3


def _hopeless(split: str) -> BenchRow:
    return replace(_row("a", "hopeless", 40 if split == "easy" else 10, 0.9), split=split)


def test_the_summary_states_the_worst_benchmarks_coverage_and_the_score_ratio() -> None:
    rows = [
        _row("a", "random_sampling", 4, 0.9),
        _row("b", "random_sampling", 1, 1.0),
        _row("a", "m", 2, 0.8),
        _row("b", "m", 1, 0.9),
    ]
    _, method = summarise(rows)
    assert (method.worst_coverage, method.coverage) == (0.8, pytest.approx(0.85))
    # Scores are twice the error here: 4 by 8, 2 by 2.
    assert method.score_ratio == pytest.approx((0.5 + 1) / 2)


def test_rows_are_written_with_empty_cells_for_nothing(tmp_path: Path) -> None:
    write_rows([_row("a", "m", 2, None)], tmp_path / "t.csv")
    with (tmp_path / "t.csv").open() as file:
        (row,) = csv.DictReader(file)
    columns = (
        "benchmark,split,budget,method,mae,random_mae,bias,coverage,width,interval_score,"
        "rank_correlation,seconds,repeats"
    )
    assert ",".join(row) == columns
    assert (row["budget"], row["coverage"], row["rank_correlation"]) == ("50", "", "")
    with pytest.raises(UserError):
        write_rows([], tmp_path)
