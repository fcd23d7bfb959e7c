"""The rationale's template: where the worked solutions are, and how they state their answer."""

from collections.abc import Sequence
from typing import NamedTuple

from iwsi.tasks.answers import reader_of
from iwsi.tasks.proposal.golds import Gold, spoken
from iwsi.tasks.proposal.leaves import Leaf
from iwsi.tasks.proposal.roles import RATIONALES, ranked
from iwsi.tasks.rows import Row
from iwsi.tasks.templates import render

_WORDS_OF_SOLUTION = 15
_SOLUTIONS = 9  # of the names of rationales that mean a worked solution and nothing else
_MOST_WRONG = 5  # at most one rationale in so many may end in another answer than the gold


class Rationale(NamedTuple):
    """A rationale's template, and whether it renders worked solutions."""

    template: str
    is_worked: bool


def rationale_of(rows: Sequence[Row], leaves: Sequence[Leaf], gold: Gold) -> Rationale:
    """The column of worked solutions, the gold where it is one itself, or the gold in a sentence.

    Solutions that do not end in the gold have it put behind them; those that often end in another
    answer are none.
    """
    reader = reader_of(gold.kind)
    golds = [reader.gold(text) for text in gold.texts]
    answers = [reader.extract(text) for text in gold.texts]
    is_solution = gold.leaf.name in RATIONALES[:_SOLUTIONS] or _is_worked(gold.texts)
    if (is_solution and None not in answers) or (answers == golds and _are_sentences(gold.texts)):
        return Rationale(gold.template, is_worked=True)  # the gold is read from a worked solution
    for leaf in ranked(leaves, RATIONALES):
        if leaf is gold.leaf or not leaf.is_full or not leaf.holds(str, list):
            continue
        if leaf.holds(list) and not all(isinstance(value[0], str) for value in leaf.values):
            continue
        place = "[0]" if leaf.holds(list) else ""
        template = f"{{{{ {leaf.expression}{place} }}}}"
        read = [
            reader.extract(text) for text in render(template, rows, field="--rationale", where="")
        ]
        if read == golds:
            return Rationale(template, is_worked=True)
        wrong = sum(r is not None and r != g for r, g in zip(read, golds, strict=True))
        if wrong * _MOST_WRONG <= len(rows):
            return Rationale(f"{template}\nThe answer is {spoken(gold)}.", is_worked=True)
    return Rationale(f"The answer is {spoken(gold)}.", is_worked=False)


def _is_worked(texts: Sequence[str]) -> bool:
    """Whether golds are whole solutions, that state their answer at the end."""
    words = sum(len(text.split()) for text in texts) / len(texts)
    return words > _WORDS_OF_SOLUTION or all("####" in text for text in texts)


def _are_sentences(texts: Sequence[str]) -> bool:
    return min(len(text.split()) for text in texts) > 2
