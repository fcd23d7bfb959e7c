"""`iwsi forecast RUN --next`: the gain of a run's next round, forecast before it begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval_predict.errors import UserError
from eval_predict.stats.estimate import Estimate
from iwsi.evaluation.next_gain import (
    FinishedRound,
    GainDistribution,
    RoundFacts,
    UpcomingRound,
    finished_rounds,
    next_gain,
    standard_error,
)
from iwsi.files import as_json
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.reports import RoundSummary, RunSummary
from iwsi.rounds.run_dir import read_recipe
from iwsi.rounds.summary import summarise


@dataclass(frozen=True, slots=True)
class NextForecast:
    """The forecast of the next round's gain.

    Attributes:
        round: its number.
        gain: with its interval.
        accuracy: greedy, of the model that it would sample with.
        majority: accuracy of the last majorities on labelled rows.
        headroom: the difference of the two.
        unanimous: share of training questions that agreed.
        finished: rounds that it was fitted to.
        runs: runs that they belong to.
        probability: that it gains more than `least`.
        least: the gate's `min_next_gain`, or two points.
    """

    round: int
    gain: Estimate
    accuracy: float
    majority: float
    headroom: float
    unanimous: float
    finished: int
    runs: int
    probability: float
    least: float

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return {name: as_json(getattr(self, name)) for name in self.__slots__}


WORTH = 0.02  # of a gain that a round is worth, where the recipe names none


def forecast_next(root: Path, others: Sequence[Path] = (), level: float = 0.9) -> NextForecast:
    """Forecast the round after a run's last one, from its rounds and those of other runs.

    Raises:
        UserError: no round is finished, or its candidates on labelled rows were not measured.
    """
    recipe = read_recipe(root)
    rounds = facts(_summary(root))
    upcoming = rounds[-1].upcoming(str(root), len(rounds)) if rounds else None
    if upcoming is None:
        raise UserError(
            where=str(root),
            field="--next",
            got="no round that was trained, evaluated and audited",
            expected="one round with votes on labelled rows, and its score",
            fix="Set audit={rows: 100} in the recipe and run a round: iwsi run RECIPE --until gate."
            if recipe.audit is None
            else "Run a round first: iwsi run RECIPE --until gate.",
        )
    finished = finished_rounds(str(root), rounds)
    for other in others:
        if other.resolve() == root.resolve():
            raise UserError(
                field="--history",
                got=f"{other}, which is the run itself",
                expected="other runs",
                fix="Leave it out: its rounds are used anyway.",
            )
        finished += finished_rounds(str(other), facts(_summary(other)))
    least = WORTH
    if recipe.gate and recipe.gate.min_next_gain is not None:
        least = recipe.gate.min_next_gain
    return _result(upcoming, finished, next_gain(upcoming, finished), least, level)


def facts(summary: RunSummary) -> list[RoundFacts]:
    """The rounds of a run that have a score, round 0 first, up to the first that has none."""
    found: list[RoundFacts] = []
    before: RoundSummary | None = None
    for row in summary.rounds:
        score = row.accuracy or (row.forecast.score if row.forecast else None)
        if score is None:
            break
        gain, error = _gain(row, before)
        found.append(RoundFacts(score.value, gain, error, row.diversity))
        before = row
    return found


def _gain(row: RoundSummary, before: RoundSummary | None) -> tuple[float | None, float]:
    """A round's gain over the one before, and its standard error."""
    if before is None:
        return None, 0.0
    if row.accuracy is not None and before.accuracy is not None:
        return row.accuracy.value - before.accuracy.value, 0.0
    if row.forecast is None or row.forecast.gain_over_previous is None:
        return None, 0.0
    gain = row.forecast.gain_over_previous
    return gain.value, standard_error(gain)


def _result(
    upcoming: UpcomingRound,
    finished: Sequence[FinishedRound],
    distribution: GainDistribution,
    least: float,
    level: float,
) -> NextForecast:
    return NextForecast(
        round=upcoming.number,
        gain=distribution.estimate(level),
        accuracy=upcoming.accuracy,
        majority=upcoming.majority,
        headroom=upcoming.headroom,
        unanimous=upcoming.unanimous,
        finished=len(finished),
        runs=len({row.before.run for row in finished}),
        probability=distribution.probability_above(least),
        least=least,
    )


def _summary(root: Path) -> RunSummary:
    return summarise(root, read_recipe(root), Ledger(root))
