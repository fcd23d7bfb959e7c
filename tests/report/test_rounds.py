import pytest
from report.run_directories import write_run

from iwsi.report.collect import collect


def test_shares_of_candidates_are_counted_over_all(tmp_path):
    shown = collect(write_run(tmp_path / "run", candidates=40)).rounds[1].distributions
    assert shown.truncated == pytest.approx(4 / 40)
    assert shown.unreadable == 0


def test_a_missing_result_of_a_finished_stage_is_named(tmp_path):
    root = write_run(tmp_path / "run")
    (root / "round-1" / "selection.parquet").unlink()
    assert "round-1/selection.parquet is missing" in collect(root).problems[0]
