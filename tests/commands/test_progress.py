import io
import logging

import pytest
from rich.console import Console

from eval_predict.errors import UserError
from iwsi.commands import progress
from iwsi.commands.arguments import shown_level
from iwsi.commands.progress import RunDisplay


def test_where_there_is_no_terminal_lines_are_printed_and_skipped_stages_counted():
    stream = io.StringIO()
    with RunDisplay(Console(file=stream, width=100)) as display:
        display.skip("prepare")
        display.begin("round-0/test")
        display.progress(1, 2)
        display.end("round-0/test", 2.04)
    assert stream.getvalue().splitlines() == [
        "round-0/test     done in 2.0 s",
        "1 stage was done before",
    ]


def _shown(level):
    stream = io.StringIO()
    with RunDisplay(Console(file=stream, width=100), level) as display:
        display.skip("prepare")
        display.begin("round-0/test")
        display.warn("few rows")
        display.note("on a CPU")
        display.end("round-0/test", 1)
    return stream.getvalue().splitlines()


def test_quiet_shows_warnings_alone_and_verbose_what_begins_and_was_done():
    assert _shown(logging.WARNING) == ["warning: few rows"]
    verbose = _shown(logging.DEBUG)
    assert verbose[:2] == ["prepare          was done before", "round-0/test     begins"]


def test_quiet_and_verbose_together_are_refused():
    with pytest.raises(UserError, match="expected one of them"):
        shown_level(True, True)


def test_in_a_pipe_progress_is_a_line_every_few_seconds(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    stream = io.StringIO()
    with RunDisplay(Console(file=stream, width=100)) as display:
        display.begin("round-1/sample")
        for second in range(60):
            clock[0] = float(second)
            display.progress(second, 60)
    assert len(stream.getvalue().splitlines()) == 9  # one for each 5 s and more, at 6, 12, … 54
