"""When a run has to end: before a scheduler's limit, and between two stages."""

import time
from collections.abc import Callable, Mapping

from iwsi.rounds.ledger import Entry


class Deadline:
    """Ends a run before the first stage that would not be done in time.

    A stage is expected to take as long as the longest of its kind that the ledger holds; one of a
    kind that was not run yet begins as long as there is time left.

    Attributes:
        stopped_before: the stage that was not begun; None: the deadline has ended nothing.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Start the clock.

        Args:
            seconds: from now on.
            clock: gives seconds.
        """
        self._clock = clock
        self._end = clock() + seconds
        self.stopped_before: str | None = None

    def allows(self, stage: str, done: Mapping[str, Entry]) -> bool:
        """Whether a stage may begin.

        Args:
            stage: its name, such as `round-2/train`.
            done: the ledger's entries.
        """
        left = self._end - self._clock()
        if left > 0 and _expected_seconds(stage, done) <= left:
            return True
        self.stopped_before = stage
        return False


def _expected_seconds(stage: str, done: Mapping[str, Entry]) -> float:
    kind = stage.rpartition("/")[2]
    alike = [entry for name, entry in done.items() if name.rpartition("/")[2] == kind]
    return max((entry.seconds + entry.startup_seconds for entry in alike), default=0.0)
