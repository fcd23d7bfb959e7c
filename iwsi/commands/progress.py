"""How far a run is: a progress bar for each stage on a terminal, elsewhere a line now and then."""

import logging
import time
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

# Where there is no terminal a line is printed instead of a bar, at most this often.
SECONDS_BETWEEN_LINES = 5.0


class RunDisplay:
    """A progress bar per stage on a terminal; elsewhere a line now and then.

    Args:
        console: Where it is shown.
        level: Of standard logging. WARNING shows warnings alone, INFO what is done, too, and DEBUG
            also when a stage begins and which were done before.
    """

    def __init__(self, console: Console, level: int = logging.INFO) -> None:
        self._console = console
        self._level = level
        self._bars = Progress(
            TextColumn("{task.description:<16}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal or level > logging.INFO,
            transient=True,
        )
        self._task: Any = None
        self._stage = ""
        self._last_line = 0.0
        self._skipped = 0

    def __enter__(self) -> "RunDisplay":
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()
        if self._skipped and error is None and self._level <= logging.INFO:
            stages = "stages were" if self._skipped > 1 else "stage was"
            self._print(f"{self._skipped} {stages} done before")

    def begin(self, stage: str) -> None:
        """A stage starts; how much there is to do is not known yet."""
        self._stage, self._last_line = stage, time.monotonic()
        self._task = self._bars.add_task(stage, total=None)
        self._print(f"{stage:<16} begins", logging.DEBUG)

    def progress(self, done: int, total: int) -> None:
        """How far the stage is."""
        if self._task is not None:
            self._bars.update(self._task, completed=done, total=total)
        now = time.monotonic()
        if not self._console.is_terminal and now - self._last_line > SECONDS_BETWEEN_LINES:
            self._last_line = now
            self._print(f"  {self._stage} {done}/{total}")

    def end(self, stage: str, seconds: float) -> None:
        """The stage is done."""
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None
        self._print(f"{stage:<16} done in {seconds:.1f} s")

    def skip(self, stage: str) -> None:
        """The stage was done by an earlier start of the same command."""
        self._skipped += 1
        self._print(f"{stage:<16} was done before", logging.DEBUG)

    def warn(self, message: str) -> None:
        """Show a warning; the run goes on."""
        self._print(f"warning: {message}", logging.WARNING)

    def note(self, message: str) -> None:
        """Show a finding of a stage."""
        self._print(message)

    def _print(self, line: str, level: int = logging.INFO) -> None:
        if level >= self._level:
            self._console.print(line, markup=False, highlight=False)
