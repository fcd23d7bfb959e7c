import importlib.util
import itertools

import pytest

from eval_predict.errors import UserError
from iwsi.export import harness_run
from iwsi.export.harness_run import HarnessOptions, check_harness, run_harness
from iwsi.recipe import Model


def test_without_the_harness_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"pip install 'iwsi\[lm-eval\]'"):
        check_harness()


class _Process:
    """Writes the log of the one task that succeeds."""

    def __init__(self, command, *, stdout, **options):
        self.command = command
        _Process.last = self
        if command[command.index("--tasks") + 1] == "sums":
            out = options["cwd"] / "evaluations" / ".partial" / "m"
            out.mkdir(parents=True)
            (out / "samples_sums.jsonl").write_text("{}")
        stdout.write("some line\n\nValueError: no such task\n")

    def wait(self):
        return 0


@pytest.fixture
def harness(monkeypatch):
    monkeypatch.setattr(harness_run.subprocess, "Popen", _Process)


def _run(root, task, model=None, **options):
    given = HarnessOptions(tasks=(task,), **options)
    return run_harness(
        root, model or Model(name="org/m"), "round-1/adapter", task, given, root / "l"
    )


def test_what_the_options_say_stands_in_the_command_line(tmp_path, harness):
    _run(tmp_path, "sums", limit=0.5, num_fewshot=3, chat=True, include_path=tmp_path)
    command = _Process.last.command
    pairs = dict(itertools.pairwise(command))
    values = pairs["--model_args"].split(",")
    assert values[:2] == ["pretrained=org/m", "peft=round-1/adapter"]
    assert "--trust_remote_code" not in command
    assert (pairs["--limit"], pairs["--num_fewshot"]) == ("0.5", "3")
    assert pairs["--include_path"] == str(tmp_path)
    assert {"--apply_chat_template", "--log_samples"} <= set(command)
    _run(tmp_path, "sums", Model(name="org/m", trust_remote_code=True))
    assert "--trust_remote_code" in _Process.last.command
    assert "--limit" not in _Process.last.command


def test_a_run_without_a_log_of_samples_is_an_error_with_the_last_line(tmp_path, harness):
    with pytest.raises(UserError, match=r"ValueError: no such task \(lm_eval ended with 0\)"):
        _run(tmp_path, "absent")


def test_a_path_that_model_args_cannot_hold_is_refused(tmp_path, harness):
    folder = tmp_path / "a,b"
    folder.mkdir()
    with pytest.raises(UserError, match="a path without commas and equals signs"):
        _run(tmp_path, "sums", Model(name=str(folder)))
