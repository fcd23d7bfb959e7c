import io

from rich.console import Console

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
