"""Choices: the letters A to J."""

import re

from iwsi.tasks.answers.matches import last_match

_CHOICE_ALONE = re.compile(
    r"(?:option |choice )?[ \"'(\[]*+([A-J])(?![\w'\u2019])[ \"']*+(?:[)\].:,](?!\w)|$)",
    re.IGNORECASE,
)
_CHOICE_THEN_WORDS = re.compile(r"([B-HJ]|A(?= (?:because|since|as)\b)) ")
_CHOICE_NAMED = re.compile(r"\( ?([A-J]) ?\)|\b(?i:option|choice) ([A-J])\b")
_CHOICE_LAST = re.compile(
    r"\( ?([A-J]) ?\)|(?<![\w(.'])([A-J])\)|(?<![\w.'])([A-HJ])(?:\.(?=[ \t]*$)|\s*\Z)"
    r"|\b(?i:option|choice|answer) ([A-J])\b|\b([A-J]) is (?:the )?(?:correct|right|answer)\b"
    r"|\A\s*(I)\s*\Z",  # alone it is no pronoun
    re.MULTILINE,
)


def choice_alone(text: str) -> str | None:
    """The letter of an answer that stands alone."""
    return _letter(_CHOICE_ALONE.match(text))


def first_choice(span: str) -> str | None:
    """The first letter of a span."""
    return _letter(
        _CHOICE_ALONE.match(span) or _CHOICE_THEN_WORDS.match(span) or _CHOICE_NAMED.search(span)
    )


def last_choice(text: str) -> str | None:
    """The last letter of a text."""
    return _letter(last_match(_CHOICE_LAST.finditer(text)))


def _letter(found: re.Match[str] | None) -> str | None:
    return found[found.lastindex or 0].upper() if found else None
