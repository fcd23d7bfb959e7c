"""A gold's text: one answer, a list that says it more than once, or a worked solution."""

import ast
import json
from collections.abc import Iterator

from iwsi.tasks.answers.markers import Form, statements

_LONGEST_LIST = 20_000
_MARKED = (Form.BOX, Form.HASHES, Form.SENTENCE, Form.TAG, Form.COLON, Form.FEW_SHOT)


def listed(text: str) -> list[str] | None:
    """The texts of a list, as JSON or as Python prints it; None for anything else.

    A list of bare numbers is none: `[0, 1]` is an interval.
    """
    text = text.strip()
    if (
        not text.startswith(("[", "("))
        or not text.endswith(("]", ")"))
        or len(text) > _LONGEST_LIST
    ):
        return None
    for parse in (json.loads, ast.literal_eval):
        try:
            values = parse(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(values, list | tuple) and all(isinstance(value, str) for value in values):
            return list(values)
    return None


def marked(text: str) -> Iterator[str]:
    """What stands at the last marker of a worked solution: there an answer has to stand alone."""
    for statement in statements(text):
        if statement.form in _MARKED:
            yield statement.content.strip()
            return
