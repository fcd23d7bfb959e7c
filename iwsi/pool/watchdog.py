"""A watchdog: it calls a function after too many seconds without a message."""

import threading
from collections.abc import Callable
from types import TracebackType


class Watchdog:
    """A context manager that calls a function once if `heard` is not called for so many seconds.

    Args:
        seconds: Of silence.
        act: What is done then, in a thread of its own; it should end what hangs.

    Attributes:
        fired: whether it has acted.
    """

    def __init__(self, seconds: float, act: Callable[[], None]) -> None:
        self.fired = False
        self._seconds, self._act = seconds, act
        self._changed = threading.Condition()
        self._calls, self._over = 0, False
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def heard(self) -> None:
        """Restart the count of seconds."""
        with self._changed:
            self._calls += 1
            self._changed.notify()

    def __enter__(self) -> "Watchdog":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._over = True
            self._changed.notify()
        self._thread.join()

    def _watch(self) -> None:
        with self._changed:
            while not self._over:
                before = self._calls
                self._changed.wait(self._seconds)
                if not self._over and self._calls == before:
                    self.fired = True
                    break
        if self.fired:
            self._act()
