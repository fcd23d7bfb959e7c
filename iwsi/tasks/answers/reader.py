"""A model's text becomes a canonical answer."""

from collections.abc import Iterable
from typing import Protocol

from iwsi.recipe.answer import AnswerKind
from iwsi.tasks.answers import choice, number, yes_no
from iwsi.tasks.answers.cleaning import plain, without_markdown, without_thinking
from iwsi.tasks.answers.markers import (
    NEW_QUESTION,
    Reading,
    Silence,
    Statement,
    statements,
)


class Kind(Protocol):
    """How one kind of answer is read."""

    def alone(self, text: str) -> str | None:
        """An answer that stands alone."""

    def stated(self, statement: Statement) -> Reading:
        """The answer that a statement gives."""

    def unmarked(self, text: str) -> str | None:
        """The answer of a text that states none."""


def canonical_answer(answer: str, kind: AnswerKind) -> str | None:
    r"""An answer that stands alone ("$1,200.00", "(b)", "Yes.") in canonical form.

    Canonical are decimals without trailing zeros ("1200", "3.5"), fractions in lowest terms where
    the decimals would not end ("1/3"), capital letters A to J, "yes" and "no". A percent sign is
    dropped ("50%" is "50"), as the gold answers of GSM8K do. Units may follow a number.

    Returns:
        The canonical form, which is its own canonical form; None for all that is no rational
        number, choice or yes/no. Never raises.
    """
    text = plain(answer).strip()
    boxes = list(statements(text)) if text.lstrip("$ ").startswith("\\boxed") else []
    if len(boxes) == 1 and not text.partition("}")[2].strip("$. }"):
        text = boxes[0].content
    return _KINDS[kind].alone(text)


def extract_answer(text: str, kind: AnswerKind) -> str | None:
    r"""The final answer in a model's reasoning, canonical, or None.

    The last statement of an answer decides: a box, a marker such as "The answer is" or "####", a
    tag or a JSON key. A statement that cannot be read is not passed over for another number. What
    follows a new question that the model made up is not read. Never raises; linear in the length
    of the text.
    """
    reader = _KINDS[kind]
    dressed = plain(without_thinking(text), bold=True)
    for question in list(NEW_QUESTION.finditer(dressed))[:4]:
        before = dressed[: question.start()]
        if not _is_preamble(before) and (answer := _read(before, reader)) is not None:
            return answer
    return _read(dressed, reader)


def extract_answers(texts: Iterable[str | None], kind: AnswerKind) -> list[str | None]:
    """`extract_answer` over many texts, in their order; each distinct text is read once."""
    answers: dict[str | None, str | None] = {None: None}
    for text in (texts := list(texts)):
        if text is not None and text not in answers:
            answers[text] = extract_answer(text, kind)
    return [answers[text] for text in texts]


def _is_preamble(text: str) -> bool:
    """Whether a text only leads to the question that it says again."""
    text = text.strip()
    return len(text) < 200 and (text.endswith((":", "!")) or not text)


def _read(dressed: str, reader: Kind) -> str | None:
    for statement in statements(without_markdown(dressed)):
        reading = reader.stated(statement)
        if isinstance(reading, str):
            return reading
        if reading is Silence.NO_ANSWER:
            return None
    return reader.unmarked(dressed)


_KINDS: dict[AnswerKind, Kind] = {"number": number, "choice": choice, "yes_no": yes_no}
