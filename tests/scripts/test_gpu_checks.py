"""The checks of a GPU, rehearsed on a CPU: how they are run, and what a result says."""

import json
import subprocess
import sys
from pathlib import Path

import gpu_checks
import pytest
from gpu_checking import running
from gpu_checking.registry import Check, Place, require
from gpu_checking.running import run_all, run_check, table

CHECKS = {check.name: check for check in gpu_checks.CHECKS}


def _result(tmp_path, check):
    run_check(check, Place(tmp_path / "work", True), tmp_path / "out.json")
    return json.loads((tmp_path / "out.json").read_text())


def test_every_check_has_a_name_of_its_own_and_an_aim():
    assert len(CHECKS) == len(gpu_checks.CHECKS)
    assert all(check.aim and check.run.__doc__ for check in gpu_checks.CHECKS)


def test_a_check_that_fails_keeps_what_it_had_measured(tmp_path):
    def run(place, figures):
        figures["losses"] = 3
        require(False, "four were expected")

    result = _result(tmp_path, Check("x", "an aim", run))
    assert not result["passed"]
    assert result["figures"] == {"losses": 3}
    assert result["error"].strip().endswith("four were expected")


@pytest.mark.parametrize("name", ["placement", "attention", "losses", "repeated"])
def test_a_check_passes_where_it_is_rehearsed(tmp_path, name):
    result = _result(tmp_path, CHECKS[name])
    assert result["passed"], result["error"]
    assert result["figures"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        *("formats", "shared_text", "preference", "adapters", "not_finite", "quantized"),
        *("machine", "sampling_speed", "scoring_speed", "training_speed"),
        *("vllm_float32", "vllm_adapters", "vllm_shared_gpu", "vllm_speed_0.1B"),
    ],
)
def test_any_other_check_passes_where_it_is_rehearsed(tmp_path, name):
    result = _result(tmp_path, CHECKS[name])
    assert result["passed"], result["error"]


ENDED = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from gpu_checking.registry import Check, Place
from gpu_checking.running import run_check

def run(place, figures):
    figures["losses"] = 3
    print("it began", flush=True)
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass

run_check(Check("x", "an aim", run), Place(Path(sys.argv[2]), True), Path(sys.argv[2], "out.json"))
"""


def test_a_check_that_is_ended_keeps_what_it_had_measured_whatever_it_catches(tmp_path):
    program = [sys.executable, "-c", ENDED, str(Path(gpu_checks.__file__).parent), str(tmp_path)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "it began\n"
        process.terminate()
        process.wait(10)
    result = json.loads((tmp_path / "out.json").read_text())
    assert result["figures"] == {"losses": 3}
    assert result["error"].endswith("its time was up")


PROGRAM = """
import json, sys, time
name, out = sys.argv[2], sys.argv[4]
print("it began", flush=True)
if name == "slow":
    time.sleep(60)
result = {"name": name, "passed": True, "seconds": 0.0, "figures": {"a": 1}, "error": None}
json.dump(result, open(f"{out}/{name}.json", "w"))
"""


def test_each_check_has_a_process_and_a_limit_of_time(tmp_path, monkeypatch):
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    monkeypatch.setattr(running, "SCRIPT", script)
    checks = [
        Check("alone", "goes last", lambda place, figures: None, alone=True),
        Check("slow", "never ends", lambda place, figures: None, seconds=0.5),
        Check("quick", "ends", lambda place, figures: None),
    ]
    results = run_all(checks, tmp_path / "out", jobs=2, small=True)
    assert [result.name for result in results] == ["slow", "quick", "alone"]
    assert [result.passed for result in results] == [False, True, True]
    assert results[0].error.splitlines() == ["it began", "", "it was ended after 0.5 s"]
    lines = table(checks, results).splitlines()
    assert lines[0].startswith("passed  alone")
    assert lines[-1] == "2 of 3 checks passed"
    assert "          a: 1" in lines


def test_without_a_gpu_nothing_is_checked(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["gpu_checks.py", "--out", str(tmp_path / "out")])
    assert gpu_checks.main() == 2
    assert "finds no GPU" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_unknown_check_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["gpu_checks.py", "nosuch"])
    with pytest.raises(SystemExit):
        gpu_checks.main()
    assert "no check nosuch" in capsys.readouterr().err
