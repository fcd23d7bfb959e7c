"""Doubts about golds that only show when a column is read as a whole."""

import re
from collections.abc import Sequence

# "14,16" and "3,5": numbers joined by a bare comma that thousands cannot be.
_JOINED = re.compile(r"\W*-?[0-9]+(?:\.[0-9]+)?(?:,-?[0-9]+(?:\.[0-9]+)?)+\W*")
_GROUPED = re.compile(r"\W*[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}(?:\.[0-9]+)?\W*")
# A group that begins with zero is no value of a list: "350,000" is one number everywhere.
_EITHER = re.compile(r"(?<![0-9,.])[1-9][0-9]{0,2}(?:,[1-9][0-9]{2})+(?![0-9,])")
_PLACE = re.compile(r"[0-9]")


def doubts(texts: Sequence[str], kind: str) -> dict[int, str]:
    """Golds that are clear alone and not beside the others of their column.

    Args:
        texts: The golds of all rows, as the template renders them.
        kind: The name of the answers' kind.

    Returns:
        For the place of each doubtful gold a sentence that says what to do.
    """
    match kind:
        case "number" | "math":
            return _thousands_or_lists(texts)
        case "text":
            return _places(texts)
        case _:
            return {}


def _thousands_or_lists(texts: Sequence[str]) -> dict[int, str]:
    """`110,880` where another row's gold is `14,16`: the comma may part two numbers."""
    lists = [text for text in texts if _JOINED.fullmatch(text) and not _GROUPED.fullmatch(text)]
    if not lists:
        return {}
    why = (
        f"The comma separates two values in another row ({lists[0].strip()!r}): write one number"
        " without it, or a list with a space behind it."
    )
    return {i: why for i, text in enumerate(texts) if _EITHER.search(text)}


def _places(texts: Sequence[str]) -> dict[int, str]:
    """A column of single digits: places of options, or numbers, but no texts."""
    if not texts or not all(_PLACE.fullmatch(text.strip()) for text in texts):
        return {}
    why = (
        "Every gold of this column is a single digit, which looks like the place of an option: use"
        " `answer: choice` with a letter, such as {{ 'ABCD'[answer | int] }}, or `answer: number`."
    )
    return dict.fromkeys(range(len(texts)), why)
