"""A gold's text: one answer, a list that says it more than once, or a worked solution."""

import ast
import json
from collections.abc import Iterator

from iwsi.tasks.answers.markers import Form, statements
from iwsi.tasks.answers.number import DURATION

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


def is_of_several_lines(text: str) -> bool:
    """Whether more than one line of a text holds something."""
    return sum(1 for line in text.splitlines() if line.strip()) > 1


def why_refused(text: str, kind: str) -> str | None:
    """The advice for a gold that is refused although a person can read it; None: no advice."""
    if kind == "text" and is_of_several_lines(text) and listed(text) is None:
        return (
            "Several lines are several answers: let the template take one, or render a list of one"
            " text, such as {{ [answer] | tojson }}, where they are one."
        )
    if kind == "number" and DURATION.search(text):
        return (
            "The same time in another unit would be right, too: name the unit in the prompt and"
            " leave it out of the gold."
        )
    return None


def marked(text: str) -> Iterator[str]:
    """The text at the last marker of a worked solution, where an answer has to stand alone."""
    for statement in statements(text):
        if statement.form in _MARKED:
            yield statement.content.strip()
            return
