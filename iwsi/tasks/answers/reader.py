"""A model's text becomes a canonical answer: a number, a choice, or yes or no."""

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from iwsi.recipe.answer import AnswerKind
from iwsi.tasks.answers.choice import choice_alone, first_choice, last_choice
from iwsi.tasks.answers.cleaning import plain
from iwsi.tasks.answers.markers import NEW_QUESTION, answer_spans
from iwsi.tasks.answers.number import first_number, last_number, number_alone
from iwsi.tasks.answers.yes_no import first_yes_no, last_yes_no, yes_no_alone


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
    boxed = re.fullmatch(r"\$?\\boxed ?\{(.*)\}[$.]*", text, re.DOTALL)
    return _READERS[kind].alone(boxed[1].strip() if boxed else text)


def extract_answer(text: str, kind: AnswerKind) -> str | None:
    r"""The final answer in a model's reasoning, canonical, or None.

    Looked for in the last `\boxed{…}`, then after markers such as "The answer is" or "####", the
    last one first, then as the last number (choice, yes/no) of all. What follows a new question
    that the model made up is not read. Never raises; linear in the length of the text.
    """
    text = plain(text)
    if new_question := NEW_QUESTION.search(text):
        text = text[: new_question.start()]
    reader = _READERS[kind]
    for span in answer_spans(text):
        if (answer := reader.first(span)) is not None:
            return answer
    return reader.last(text)


def extract_answers(texts: Iterable[str | None], kind: AnswerKind) -> list[str | None]:
    """`extract_answer` over many texts, in their order; each distinct text is read once."""
    answers: dict[str | None, str | None] = {None: None}
    for text in (texts := list(texts)):
        if text is not None and text not in answers:
            answers[text] = extract_answer(text, kind)
    return [answers[text] for text in texts]


class _Reader(NamedTuple):
    alone: Callable[[str], str | None]
    first: Callable[[str], str | None]
    last: Callable[[str], str | None]


_READERS: dict[AnswerKind, _Reader] = {
    "number": _Reader(number_alone, first_number, last_number),
    "choice": _Reader(choice_alone, first_choice, last_choice),
    "yes_no": _Reader(yes_no_alone, first_yes_no, last_yes_no),
}
