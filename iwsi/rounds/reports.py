"""Typed results of a run: its rounds, their funnels and forecasts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from eval_predict.stats.estimate import Estimate
from iwsi.audit.record import VoteAudit
from iwsi.evaluation.diversity import RoundDiversity
from iwsi.evaluation.gate import Decision
from iwsi.evaluation.target import TargetForecast


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many candidates got how far, and why the others were dropped."""

    sampled: int
    answered: int
    majority: int
    kept: int
    dropped: dict[str, int]


@dataclass(frozen=True, slots=True)
class PairFunnel:
    """How many preference pairs there are, and why not more.

    Attributes:
        questions: that were sampled.
        paired: questions with a pair.
        pairs: of all questions.
        without_pair: questions without a clear pair, by reason.
        dropped: candidates that could have been in a pair and are in none, by reason.
    """

    questions: int
    paired: int
    pairs: int
    without_pair: dict[str, int]
    dropped: dict[str, int]


@dataclass(frozen=True, slots=True)
class TrainCounts:
    """Samples that were trained on, those that were too long, and those of them mixed in."""

    trained: int
    too_long: int
    replayed: int = 0


@dataclass(frozen=True, slots=True)
class FixedCost:
    """Time before a round's stages began their work; it does not depend on the amount of work."""

    seconds: float
    share: float  # of the round's whole time
    parts: dict[str, float]


@dataclass(frozen=True, slots=True)
class ForecastReport:
    """The forecast of a round, as `forecast.json` keeps it.

    Attributes:
        round: which round.
        method: the estimator.
        level: coverage of the intervals.
        items_run: test items that were run, of `items`.
        items: of the whole test set.
        history_models: other models whose scores were used.
        stopped: why no further items were run.
        score: of the whole test set.
        gain_over_previous: over the round before; None for the base model.
        gain_over_base: over the base model; None for the base model itself.
        gain_alone: what the gate goes by.
        target: for prompts without answers, if the recipe names any.
        warnings: what to mind.
    """

    round: int
    method: str
    level: float
    items_run: int
    items: int
    history_models: int
    stopped: str
    score: Estimate
    gain_over_previous: Estimate | None
    gain_over_base: Estimate | None
    gain_alone: Estimate | None
    target: TargetForecast | None
    warnings: tuple[str, ...]

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read it from a forecast's JSON file."""
        gains = ("gain_over_previous", "gain_over_base", "gain_alone")
        target = fields["target"]
        typed = {
            "score": Estimate.from_dict(fields["score"]),
            **{gain: _estimate(fields[gain]) for gain in gains},
            "target": TargetForecast.from_dict(target) if target else None,
            "warnings": tuple(fields["warnings"]),
        }
        return cls(**{**fields, **typed})


@dataclass(frozen=True, slots=True)
class ForecastError:
    """Forecast minus full test; None where one of the two is not known."""

    score: float | None
    gain_over_previous: float | None
    gain_over_base: float | None


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """Counts over a full test's texts.

    Attributes:
        items: of the test set.
        unreadable: texts without an answer that can be read.
        cut_off: texts that ended at sample.max_tokens; None where the texts are gone.
        frequent: the most frequent answers with their counts.
    """

    items: int
    unreadable: int
    cut_off: int | None
    frequent: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class RoundSummary:
    """One round; round 0 is the base model or a warm start. What was not done is None.

    Attributes:
        round: its number.
        accuracy: of the full test.
        gain: over the base model, on the same items.
        forecast: from a part of the test items.
        forecast_error: of the forecast, where the full test was run too.
        gate: the decision.
        audit: how often the vote was right on labelled rows.
        diversity: of the candidates, and how often one of them is right.
        funnel: of the round's candidates.
        pairs: of the round, where it trains on preferences.
        train: counts of samples.
        seconds: of each stage's work.
        startup_seconds: of each stage that had to start something.
        fixed_cost: those seconds by what they went to.
        answers: of the full test.
    """

    round: int
    accuracy: Estimate | None
    gain: Estimate | None
    forecast: ForecastReport | None
    forecast_error: ForecastError | None
    gate: Decision | None
    audit: VoteAudit | None
    diversity: RoundDiversity | None
    funnel: Funnel | None
    pairs: PairFunnel | None
    train: TrainCounts | None
    seconds: dict[str, float]
    startup_seconds: dict[str, float]
    fixed_cost: FixedCost
    answers: AnswerCounts | None = None


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The round that is a run's result, and its adapter; None: the base model."""

    round: int
    adapter: str | None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """Every round that has begun, the run's result so far, and what comes next.

    Attributes:
        task: the task's name.
        level: coverage of the full tests' intervals.
        start: the base model, where round 0 is a warm start; else round 0 is the base model.
        rounds: in order.
        result: None as long as nothing is trained or decided.
        next_stage: None where all is done.
        seconds: of all stages.
    """

    task: str
    level: float
    start: RoundSummary | None
    rounds: tuple[RoundSummary, ...]
    result: RunOutcome | None
    next_stage: str | None
    seconds: float


def _estimate(fields: Mapping[str, Any] | None) -> Estimate | None:
    return Estimate.from_dict(fields) if fields else None
