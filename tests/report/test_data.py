import pytest
from report.run_directories import write_run

from eval_predict.errors import UserError
from iwsi.report.data import collect


def test_accuracy_gain_and_flips_come_from_the_two_tests(tmp_path):
    report = collect(write_run(tmp_path / "run"))
    base, first = report.rounds
    assert base.test.accuracy.value == 0.5
    assert first.test.accuracy.value == 0.75
    assert first.gain.value == 0.25
    # Items 0 and 2 were wrong and are right; item 1 was right and is wrong.
    assert {(flip.item, flip.fixed) for flip in report.flips} == {
        ("0", True),
        ("2", True),
        ("1", False),
    }
    assert report.result == 1
    assert report.problems == ()


def test_shares_of_candidates_are_counted_over_all(tmp_path):
    shown = collect(write_run(tmp_path / "run", candidates=40)).rounds[1].distributions
    assert shown.truncated == pytest.approx(4 / 40)
    assert shown.unreadable == 0


def test_a_rare_reason_is_listed_whole_among_many_candidates(tmp_path):
    report = collect(write_run(tmp_path / "run", candidates=4000), max_candidates=300)
    assert len(report.candidates) == 300
    assert report.candidates_in_all == 4000
    counts = dict.fromkeys(("kept", "high_ds_weight", "minority_answer"), 0)
    for candidate in report.candidates:
        counts[candidate.reason] += 1
    assert min(counts.values()) >= 90


@pytest.mark.parametrize(
    "name", ["round-1/selection.parquet", "round-0/test.parquet", "round-1/funnel.json"]
)
def test_a_damaged_file_is_named_and_the_rest_is_shown(tmp_path, name):
    root = write_run(tmp_path / "run")
    (root / name).write_bytes((root / name).read_bytes()[:20])
    report = collect(root)
    assert any(problem.startswith(name) for problem in report.problems)
    assert report.rounds[1].training


def test_a_missing_result_of_a_finished_stage_is_named(tmp_path):
    root = write_run(tmp_path / "run")
    (root / "round-1" / "selection.parquet").unlink()
    assert "round-1/selection.parquet is missing" in collect(root).problems[0]


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"no run .*expected a run directory"):
        collect(tmp_path)
