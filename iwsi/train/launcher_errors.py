"""The standard error of `accelerate launch`: copied, and searched for killed processes."""

import re
import sys
import threading
from collections import deque
from datetime import datetime, timedelta
from typing import IO

_LINES = 400  # that are kept: the launcher lists the failed processes last
# torch's list of failed processes. Beside what ended by itself it holds what the launcher ended
# then: with SIGTERM at once, with SIGKILL after half a minute.
_FAILURE = re.compile(r"time\s*: (\S+)\n.*\n.*\n\s*exitcode\s*: (-?\d+)")
_TIME = "%Y-%m-%d_%H:%M:%S"
_AT_ONCE = timedelta(seconds=10)
_SIGKILL = -9


class LauncherErrors:
    """Copies a stream of the launcher to our standard error until it ends.

    Args:
        stream: The launcher's standard error, which its processes write to as well.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._last: deque[str] = deque(maxlen=_LINES)
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    def killed(self) -> bool:
        """Whether a process was killed from outside, once the launcher has ended."""
        self._thread.join(timeout=_AT_ONCE.total_seconds())
        return was_killed("".join(self._last))

    def _copy(self) -> None:
        with self._stream:
            for line in self._stream:
                self._last.append(line)
                sys.stderr.write(line)
                sys.stderr.flush()


def was_killed(text: str) -> bool:
    """Whether torch's list of failed processes holds one that was killed at the beginning."""
    found = [
        (datetime.strptime(time, _TIME), int(code)) for time, code in _FAILURE.findall(text)
    ]  # of one clock
    if not found:
        return False
    first = min(time for time, _ in found)
    return any(code == _SIGKILL and time - first < _AT_ONCE for time, code in found)
