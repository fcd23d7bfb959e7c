import json
import logging

import pytest

from eval_predict.errors import UserError
from iwsi.rounds.display import Silent
from iwsi.rounds.run_log import FILE, LoggedDisplay, run_log


def _lines(root):
    return [json.loads(line) for line in (root / FILE).read_text(encoding="utf-8").splitlines()]


def test_stages_warnings_and_notes_are_lines_with_levels(tmp_path):
    with run_log(tmp_path):
        display = LoggedDisplay(Silent())
        display.skip("prepare")
        display.begin("round-0/test")
        display.progress(1, 2)  # sooner than the next line is due
        display.note("transformers on a CPU")
        display.warn("few rows\nof – two lines")
        display.end("round-0/test", 2.04)
    lines = _lines(tmp_path)
    levels = [(line["event"], line["level"]) for line in lines]
    assert levels == [
        ("skip", "DEBUG"),
        ("begin", "INFO"),
        ("note", "INFO"),
        ("warning", "WARNING"),
        ("end", "INFO"),
    ]
    assert lines[-1]["seconds"] == 2.04
    assert lines[3]["message"] == "few rows\nof – two lines"
    assert lines[0]["time"].endswith("+00:00")


def test_a_run_that_goes_on_appends_and_an_error_is_its_last_line(tmp_path):
    with run_log(tmp_path):
        LoggedDisplay(Silent()).note("first")
    with pytest.raises(UserError), run_log(tmp_path):
        raise UserError(field="rounds", got="0", expected="1 or more")
    first, last = _lines(tmp_path)
    assert first["message"] == "first"
    assert (last["level"], last["field"]) == ("ERROR", "rounds")


def test_other_loggers_below_iwsi_are_kept_and_handlers_go(tmp_path):
    before = list(logging.getLogger("iwsi").handlers)
    with run_log(tmp_path):
        logging.getLogger("iwsi.sample").info("%d shards", 3)
    assert [(line["logger"], line["message"]) for line in _lines(tmp_path)] == [
        ("iwsi.sample", "3 shards")
    ]
    assert logging.getLogger("iwsi").handlers == before
