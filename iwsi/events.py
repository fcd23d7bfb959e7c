"""What a process tells the one that started it: one JSON object a line on standard output."""

import json
import os
import time
from typing import Any

EXIT_REPORTED = 3  # of a process that ended with an error which it told as an event
_SECONDS_BETWEEN = 0.1


class Events:
    """The line to the process above: a copy of standard output, which becomes standard error."""

    def __init__(self) -> None:
        self._stream = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
        os.dup2(2, 1)
        self._last = 0.0

    def send(self, event: str, **values: Any) -> None:
        """Tell one event."""
        self._stream.write(json.dumps({"event": event, **values}) + "\n")

    def progress(self, done: int, total: int) -> None:
        """Tell how much is done, but not more often than anyone could read."""
        now = time.monotonic()
        if done == total or now - self._last > _SECONDS_BETWEEN:
            self._last = now
            self.send("progress", done=done, total=total)
