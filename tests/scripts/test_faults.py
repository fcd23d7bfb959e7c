"""The harness of faults: what it compares and refuses; a fault of its own on a real run."""

import sys
from random import Random

import faults
import pytest
from faulting.bench import Bench, Ended, FaultError, NotHereError, contents, one_line
from faulting.cases import CASES, QUICK, Case


def test_every_fault_has_a_name_of_its_own_and_says_what_it_costs():
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    assert all(case.fault and case.lost and case.play.__doc__ for case in CASES)
    assert set(QUICK) <= set(names)


@pytest.mark.parametrize(
    ("ended", "message"),
    [
        (Ended(1, "", "no\n"), "exit code 1 and not 2"),
        (Ended(2, "", "Traceback (most recent call last):\nno"), "a traceback"),
        (Ended(2, "", "\n"), "nothing on standard error"),
        (Ended(2, "", "something else"), "'full' is not in"),
    ],
)
def test_what_is_no_refusal_in_one_line_is_a_fault(ended, message):
    with pytest.raises(FaultError, match=message):
        one_line(ended, 2, "full")


def test_times_and_logs_are_no_contents(tmp_path):
    for name in ("votes.parquet", "ledger.json", "logs/a.log", ".copies/inputs.json", ".lock"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert set(contents(tmp_path)) == {"votes.parquet"}


def _played(tmp_path, capsys, play):
    bench = Bench(tmp_path, Random(0))
    failed = faults.play(Case("x", "a fault", "nothing", play), bench, 2)
    return failed, capsys.readouterr().out


def test_what_fails_is_counted_and_what_cannot_be_made_is_reported(tmp_path, capsys):
    def fails(bench):
        raise FaultError("files differ")

    def is_not_here(bench):
        raise NotHereError("not allowed to mount")

    failed, out = _played(tmp_path, capsys, fails)
    assert failed == 2
    assert '"files differ"' in out
    failed, out = _played(tmp_path, capsys, is_not_here)
    assert failed == 0
    assert '"times": 0' in out


def test_a_file_system_without_locks_is_refused_by_a_real_run(tmp_path, capsys):
    case = next(case for case in CASES if case.name == "no_locks")
    bench = Bench(tmp_path, Random(0), last=case.last)
    assert faults.play(case, bench, 1) == 0, capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_run_survives_or_refuses_every_fault(tmp_path, capsys, case):
    bench = Bench(tmp_path, Random(0), extra=case.extra, last=case.last)
    assert faults.play(case, bench, 1) == 0, capsys.readouterr().out


def test_an_unknown_fault_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["faults.py", "nosuch"])
    with pytest.raises(SystemExit):
        faults.main()
    assert "no fault nosuch" in capsys.readouterr().err
