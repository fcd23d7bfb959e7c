"""The contents of a run's report, as typed data."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from eval_predict.stats.estimate import Estimate
from iwsi.audit.report import AuditReport
from iwsi.evaluation.diversity import RoundDiversity
from iwsi.evaluation.gate import Decision
from iwsi.rounds.reports import Funnel, PairFunnel

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Forecast:
    """A round's forecast, from `items_run` of `items` test items."""

    score: Estimate
    gain: Estimate | None  # over the round before
    items_run: int
    items: int


@dataclass(frozen=True, slots=True)
class Distributions:
    """Per candidate of a round; arrays have the shape (C,), those of labelled rows (V,)."""

    ds_weight_C: Floats
    nll_C: Floats
    vote_share_C: Floats
    keep_C: NDArray[np.bool_]
    agrees_C: NDArray[np.bool_]
    entropy_Q: Floats  # one a question
    distinct_Q: Floats  # distinct answers of a question
    num_tokens_C: Floats
    validation_nll_V: Floats
    truncated: float  # share of candidates cut off at max_tokens
    unreadable: float  # share without an answer
    unanimous: float  # share of questions whose candidates all answer alike


@dataclass(frozen=True, slots=True)
class TestResult:
    """A full test of a round."""

    accuracy: Estimate
    unreadable: float
    answers: tuple[tuple[str, int], ...]  # the most frequent answers and their counts


@dataclass(frozen=True, slots=True)
class Round:
    """Round 0 is the base model. A part is None where the run has not come to it."""

    number: int
    test: TestResult | None = None
    gain: Estimate | None = None  # over the base, on the same items
    forecast: Forecast | None = None
    gate: Decision | None = None
    funnel: Funnel | None = None
    distributions: Distributions | None = None
    training: tuple[tuple[float, float], ...] = ()  # step, loss
    seconds: float = 0.0
    tokens: int = 0
    audit: AuditReport | None = None
    diversity: RoundDiversity | None = None
    pairs: PairFunnel | None = None


@dataclass(frozen=True, slots=True)
class Flip:
    """A test item that the base model or a round answered right and the other wrong."""

    round: int
    item: str
    prompt: str
    gold: str
    before: str
    after: str
    fixed: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of the candidates that the page lists, beside the labelled row most like it."""

    round: int
    question: str
    prompt: str
    text: str
    answer: str | None
    vote_share: float | None
    ds_weight: float | None
    keep: bool
    reason: str
    labelled: int | None  # position in `RunReport.labelled`


@dataclass(frozen=True, slots=True)
class RunReport:
    """Everything that the page of one run shows."""

    name: str
    task: str
    rounds: tuple[Round, ...]
    result: int | None  # the round that is the run's result
    flips: tuple[Flip, ...]
    candidates: tuple[Candidate, ...]
    candidates_in_all: int
    labelled: tuple[tuple[str, str], ...]  # prompt and rationale
    recipe: str
    settings: tuple[tuple[str, str], ...]  # of the recipe, by name
    problems: tuple[str, ...] = field(default=())
