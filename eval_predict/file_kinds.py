"""The kind of a path that is no file: reading a named pipe or a device may never end."""

import stat
from pathlib import Path

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def endless_kind(path: Path) -> str | None:
    """As `kind_of_no_file`; a folder is well known to end."""
    kind = kind_of_no_file(path)
    return None if kind == "a folder" else kind


def kind_of_no_file(path: Path) -> str | None:
    """The kind of object at a path, links followed; None for a file.

    Raises:
        OSError: nothing is there, or it cannot be looked at.
        ValueError: the text can be no path.
    """
    mode = path.stat().st_mode
    return next((kind for is_kind, kind in _KINDS if is_kind(mode)), None)
