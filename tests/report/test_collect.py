import pytest
from report.run_directories import write_run

from eval_predict.errors import UserError
from iwsi.report.collect import collect


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


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"no run .*expected a run directory"):
        collect(tmp_path)
