"""The time of this process before its work begins: start, imports, model, warm-up, the rest."""

import time
from collections.abc import Mapping
from typing import Literal

import psutil

Part = Literal["process", "imports", "model", "warm_up", "rest"]

_seconds: dict[Part, float] = {}
_last = time.monotonic()


def begin(*, from_birth: bool = False, since: float | None = None) -> None:
    """Count from now, from when the process was started, or from a moment.

    Args:
        from_birth: Whether to count from the start of the process.
        since: Seconds of the monotonic clock, which all processes of a machine share.
    """
    global _last
    _seconds.clear()
    age = time.time() - psutil.Process().create_time() if from_birth else 0.0
    _last = (time.monotonic() if since is None else since) - age


def mark(part: Part) -> None:
    """Count the time since the last mark to this part."""
    global _last
    now = time.monotonic()
    _seconds[part] = _seconds.get(part, 0.0) + now - _last
    _last = now


def seconds() -> dict[Part, float]:
    """Seconds of each part so far."""
    return dict(_seconds)


def adopt(parts: Mapping[Part, float]) -> None:
    """Divide what passed since the mark before as a process did that this one waited for."""
    began = _last
    mark("process")
    waited = _last - began
    for part, spent in parts.items():
        _seconds[part] = _seconds.get(part, 0.0) + spent
    _seconds["process"] -= min(sum(parts.values()), waited)
