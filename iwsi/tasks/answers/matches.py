"""What the readers share about regular expressions."""

import re
from collections import deque
from collections.abc import Iterable


def last_match(matches: Iterable[re.Match[str]]) -> re.Match[str] | None:
    """The last of some matches, or None."""
    tail = deque(matches, maxlen=1)
    return tail[0] if tail else None
