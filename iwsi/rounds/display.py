"""Where a run reports its progress."""

from typing import Protocol


class Display(Protocol):
    """Where the loop reports its progress."""

    def begin(self, stage: str) -> None:
        """A stage starts."""

    def progress(self, done: int, total: int) -> None:
        """How much of the stage is done."""

    def end(self, stage: str, seconds: float) -> None:
        """The stage is done."""

    def skip(self, stage: str) -> None:
        """The stage was done by an earlier start."""

    def warn(self, message: str) -> None:
        """Show a warning; the run goes on."""

    def note(self, message: str) -> None:
        """Show a finding of a stage."""


class Silent:
    """A display that shows nothing."""

    def begin(self, stage: str) -> None:
        """A stage starts."""

    def progress(self, done: int, total: int) -> None:
        """How much of the stage is done."""

    def end(self, stage: str, seconds: float) -> None:
        """The stage is done."""

    def skip(self, stage: str) -> None:
        """The stage was done by an earlier start."""

    def warn(self, message: str) -> None:
        """Show no warning."""

    def note(self, message: str) -> None:
        """Show no finding of a stage."""
