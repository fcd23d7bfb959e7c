"""Where an answer stands: in a box, or behind a marker."""

import re
from collections.abc import Iterator

NEW_QUESTION = re.compile(r"\n[ \t#>]*(?:Question|QUESTION|Q) ?[0-9]{0,4} ?:")
_MARKER = re.compile(
    r"####|\bthe\s+(?:(?:final|correct|right)\s+)?answer\s*(?:is\b|:)\s*:?"
    r"|\banswer\s*:|^[ \t]*(?-i:A)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_SPAN_END = re.compile(r"\n|[.!?](?=\s|$)")
_BRACE = re.compile(r"\\[{}]|\\boxed ?\{|[{}]")


def answer_spans(text: str) -> Iterator[str]:
    """The last box's content, then what follows each marker, the last first."""
    if (boxed := _last_boxed(text)) is not None:
        yield boxed
    end = len(text)
    for marker in reversed(list(_MARKER.finditer(text))):
        start = marker.end()
        while start < end and text[start].isspace():
            start += 1
        # A span ends at the next marker, too, so that all spans together are no longer than text.
        span_end = _SPAN_END.search(text, start, end)
        yield text[start : span_end.start() if span_end else end]
        end = marker.start()


def _last_boxed(text: str) -> str | None:
    if r"\boxed" not in text:
        return None
    last: slice | None = None
    opened: list[int | None] = []  # where a box's content begins; None at any other brace
    for brace in _BRACE.finditer(text):
        match brace[0]:
            case "{":
                opened.append(None)
            case "}":
                if opened and (start := opened.pop()) is not None:
                    last = slice(start, brace.start())
            case r"\{" | r"\}":
                pass
            case _:
                opened.append(brace.end())
    return text[last].strip() if last else None
