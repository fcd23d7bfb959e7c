"""Yes or no, true and false among them."""

import re

from iwsi.tasks.answers.matches import last_match

_YES_NO = re.compile(r"(?<![\w-])(?:(yes|true)|no|false)(?![\w'\u2019-])", re.IGNORECASE)


def yes_no_alone(text: str) -> str | None:
    """Yes or no where that stands alone."""
    return _yes_no(_YES_NO.fullmatch(text.strip(" \t\n.,!;:\"'()[]*")))


def first_yes_no(span: str) -> str | None:
    """The first yes or no of a span."""
    return _yes_no(_YES_NO.search(span))


def last_yes_no(text: str) -> str | None:
    """The last yes or no of a text."""
    return _yes_no(last_match(_YES_NO.finditer(text)))


def _yes_no(found: re.Match[str] | None) -> str | None:
    if found is None:
        return None
    return "yes" if found[1] else "no"
