"""Word problems of one to four steps, with the sums that solve them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

NAMES = ("Anna", "Ben", "Carl", "Dora", "Emma", "Finn", "Hugo", "Ida", "Leo", "Mia", "Nils", "Tom")
THINGS = ("apples", "balls", "books", "cards", "coins", "eggs", "nuts", "pens", "rings", "shells")
PLACES = ("on the bus", "in the shop", "in the park", "at the fair")
GAINS = ("{who} buys {k} more.", "{who} finds {k} more.", "A friend brings {k} more.")
LOSSES = ("{who} loses {k}.", "{who} gives away {k}.", "{who} sells {k}.")
ARRIVALS = ("{k} more come in.", "{k} more join them.")
DEPARTURES = ("{k} leave.", "{k} go home.")
GROWTHS = {2: "Then the number doubles.", 3: "Then the number triples."}
STEP_COUNTS = (1, 2, 3, 4)
LARGEST_START = 25
LARGEST_CHANGE = 15
LARGEST_RESULT = 99


@dataclass(frozen=True, slots=True)
class Step:
    """One sum: `left op right = result`."""

    left: int
    op: str
    right: int

    @property
    def result(self) -> int:
        """The value of the sum."""
        if self.op == "+":
            return self.left + self.right
        if self.op == "-":
            return self.left - self.right
        return self.left * self.right

    def __str__(self) -> str:
        """The sum as it is written in a rationale, with a full stop."""
        return f"{self.left} {self.op} {self.right} = {self.result}."


@dataclass(frozen=True, slots=True)
class Problem:
    """A question and the sums that answer it, in order."""

    question: str
    steps: tuple[Step, ...]

    @property
    def answer(self) -> int:
        """The value of the last sum."""
        return self.steps[-1].result


def make_problem(rng: np.random.Generator, step_shares: Sequence[float]) -> Problem:
    """Draw one problem; `step_shares` are the shares of one, two, three and four steps."""
    n_steps = int(rng.choice(STEP_COUNTS, p=step_shares))
    story = _STORIES[int(rng.integers(len(_STORIES)))]
    return story(rng, n_steps)


def _hoard(rng: np.random.Generator, n_steps: int) -> Problem:
    name, thing = _pick(rng, NAMES), _pick(rng, THINGS)
    start = int(rng.integers(2, LARGEST_START + 1))
    events, steps = _events(rng, start, n_steps, name, GAINS, LOSSES)
    question = f"{name} has {start} {thing}. {events}How many {thing} does {name} have now?"
    return Problem(question, steps)


def _crowd(rng: np.random.Generator, n_steps: int) -> Problem:
    place = _pick(rng, PLACES)
    start = int(rng.integers(2, LARGEST_START + 1))
    events, steps = _events(rng, start, n_steps, "", ARRIVALS, DEPARTURES)
    question = f"There are {start} people {place}. {events}How many people are there now?"
    return Problem(question, steps)


def _bags(rng: np.random.Generator, n_steps: int) -> Problem:
    name, thing = _pick(rng, NAMES), _pick(rng, THINGS)
    first = Step(int(rng.integers(2, 7)), "*", int(rng.integers(2, 7)))
    events, steps = _events(rng, first.result, n_steps - 1, name, GAINS, LOSSES)
    question = (
        f"{name} has {first.left} bags with {first.right} {thing} in each. {events}"
        f"How many {thing} does {name} have now?"
    )
    return Problem(question, (first, *steps))


def _pair(rng: np.random.Generator, n_steps: int) -> Problem:
    one, two = (NAMES[i] for i in rng.choice(len(NAMES), size=2, replace=False))
    thing = _pick(rng, THINGS)
    start = int(rng.integers(2, LARGEST_START + 1))
    compared = _change(rng, start)
    than = "more" if compared.op == "+" else "fewer"
    opening = f"{one} has {start} {thing}. {two} has {compared.right} {than} than {one}. "
    if n_steps == 1:
        return Problem(f"{opening}How many {thing} does {two} have?", (compared,))
    events, steps = _events(rng, compared.result, n_steps - 2, two, GAINS, LOSSES, growth=False)
    held = steps[-1].result if steps else compared.result
    question = f"{opening}{events}How many {thing} do they have together?"
    return Problem(question, (compared, *steps, Step(held, "+", start)))


_STORIES: tuple[Callable[[np.random.Generator, int], Problem], ...] = (_hoard, _crowd, _bags, _pair)


def _events(
    rng: np.random.Generator,
    held: int,
    count: int,
    who: str,
    gains: Sequence[str],
    losses: Sequence[str],
    growth: bool = True,
) -> tuple[str, tuple[Step, ...]]:
    """Draw `count` changes to a number of things held, as text and as sums."""
    text, steps = "", []
    for _ in range(count):
        if growth and held <= LARGEST_RESULT // 3 and rng.random() < 0.15:
            step = Step(held, "*", int(rng.integers(2, 4)))
            text += GROWTHS[step.right] + " "
        else:
            step = _change(rng, held)
            wording = _pick(rng, gains if step.op == "+" else losses)
            text += wording.format(who=who, k=step.right) + " "
        steps.append(step)
        held = step.result
    return text, tuple(steps)


def _change(rng: np.random.Generator, held: int) -> Step:
    """A sum that adds to or takes from `held`, by two or more, and never below zero."""
    up = held < 2 or (rng.random() < 0.5 and held <= LARGEST_RESULT - LARGEST_CHANGE)
    largest = LARGEST_CHANGE if up else min(held, LARGEST_CHANGE)
    return Step(held, "+" if up else "-", int(rng.integers(2, largest + 1)))


def _pick(rng: np.random.Generator, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]
