"""Signals with which a scheduler or a terminal ends a run: they end it as Ctrl-C does."""

import signal
from types import FrameType

# What SLURM, Kubernetes and a closed terminal send; each leaves time to say how to go on.
_ENDING = ("SIGTERM", "SIGHUP")


class Ended(KeyboardInterrupt):
    """A signal ended the process.

    Attributes:
        name: the signal's name, such as SIGTERM.
        exit_code: 128 plus its number, as shells report it.
    """

    def __init__(self, number: int) -> None:
        self.name = signal.Signals(number).name
        self.exit_code = 128 + number
        super().__init__(self.name)


def end_on_signals() -> None:
    """Raise `Ended` in the main thread when one of these signals comes.

    A signal that is ignored, as SIGHUP under nohup, stays ignored.
    """
    for name in _ENDING:
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _raise)


def _raise(number: int, _: FrameType | None) -> None:
    # A second signal while the first is being handled ends the process at once.
    signal.signal(number, signal.SIG_DFL)
    raise Ended(number)


def interruption(error: KeyboardInterrupt) -> tuple[str, int]:
    """The line that is printed for an interrupted command, and its exit code."""
    if isinstance(error, Ended):
        return f"ended by {error.name}; the same command goes on from here", error.exit_code
    return "interrupted; the same command goes on from here", 130
