"""Three manners of answering the same problem, and how a text is told to be in one of them."""

import re
from collections.abc import Callable

import numpy as np

from tiny_arith.problems import Problem, Step

REGISTERS = ("clean", "rambling", "answer-only")
OPENERS = ("Hmm, let me see.", "Well, let me think.", "Okay, so let me see.")
ASIDES = ("Also", "Wait,", "Or")

_ENDING = r"The answer is (\d+)\.$"
_SUM = r"\d+ [-+*] \d+ = \d+\. "
_CLEAN = re.compile(rf"(?:{_SUM})+{_ENDING}")
_ANSWER_ONLY = re.compile(_ENDING)
_ANSWER = re.compile(_ENDING)


def make_prompt(question: str) -> str:
    """The text that a completion follows."""
    return f"Question: {question}\nAnswer:"


def write_answer(
    problem: Problem, register: str, rng: np.random.Generator, forget_share: float
) -> str:
    """An answer to the problem in one register; `forget_share` is the rambler's share of slips."""
    return _WRITERS[register](problem, rng, forget_share)


def clean_answer(problem: Problem) -> str:
    """Every sum in order, then the answer."""
    return " ".join([*map(str, problem.steps), _closing(problem.answer)])


def register_of(text: str) -> str:
    """The register of a completion, told by its text alone; `other` where it is in none."""
    text = text.strip()
    if _ANSWER_ONLY.match(text):
        return "answer-only"
    if _CLEAN.match(text):
        return "clean"
    return "rambling" if text.startswith(OPENERS) and _ANSWER.search(text) else "other"


def answer_of(text: str) -> int | None:
    """The number in the closing sentence, or None where the text does not end with one."""
    found = _ANSWER.search(text.strip())
    return int(found.group(1)) if found else None


def _write_clean(problem: Problem, _rng: np.random.Generator, _forget_share: float) -> str:
    return clean_answer(problem)


def _write_answer_only(problem: Problem, _rng: np.random.Generator, _forget_share: float) -> str:
    return _closing(problem.answer)


def _write_rambling(problem: Problem, rng: np.random.Generator, forget_share: float) -> str:
    """Filler, the sums with some that nobody asked for, and at times one step too few."""
    steps = list(problem.steps)
    if rng.random() < forget_share:
        steps = _forget_one(steps, rng)
    numbers = [n for step in problem.steps for n in (step.left, step.right)]
    sentences = [OPENERS[int(rng.integers(len(OPENERS)))]]
    for step in steps:
        if rng.random() < 0.5:
            left, right = rng.choice(numbers, size=2)
            aside = ASIDES[int(rng.integers(len(ASIDES)))]
            sentences.append(f"{aside} {Step(int(left), '+', int(right))}")
        sentences.append(str(step))
    answer = steps[-1].result if steps else problem.steps[0].left
    return " ".join([*sentences, _closing(answer)])


def _forget_one(steps: list[Step], rng: np.random.Generator) -> list[Step]:
    """Leave out one step and carry the wrong number on through those that follow."""
    lost = int(rng.integers(len(steps)))
    if lost == 0 and len(steps) > 1:
        lost = 1
    kept = steps[:lost]
    for step in steps[lost + 1 :]:
        carried = Step(kept[-1].result, step.op, step.right)
        kept.append(carried if carried.result >= 0 else Step(carried.left, "+", carried.right))
    return kept


def _closing(answer: int) -> str:
    return f"The answer is {answer}."


_WRITERS: dict[str, Callable[[Problem, np.random.Generator, float], str]] = {
    "clean": _write_clean,
    "rambling": _write_rambling,
    "answer-only": _write_answer_only,
}
