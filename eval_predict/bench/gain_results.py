"""The rows of a comparison of forecasts, and their file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from eval_predict.data.csv_rows import write_csv
from eval_predict.gain.forecast import Forecast
from eval_predict.stats.estimate import Estimate

Test = Literal["every", "final"]
CONFIDENCE = 0.8  # default of the gate: probability of a gain above 0 that a round must show
CLEAR = 0.02  # a gain or loss that the gate should detect
_ROUNDING = 1e-9  # an interval without width still covers a truth that was summed in another order


@dataclass(frozen=True, slots=True)
class Outcome:
    """One round's forecast beside the truth.

    Attributes:
        gain: over the previous round, in [-1, 1].
        gain_over_base: over the base.
        forecast: the forecast of both.
        seconds: fit, choice of items and forecast, without running them.
    """

    gain: float
    gain_over_base: float
    forecast: Forecast
    seconds: float


@dataclass(frozen=True, slots=True)
class GainRow:
    """How one method did on one benchmark's rounds; errors in points of 100.

    Attributes:
        benchmark: its name.
        world: `real`, or how the round was made (`gain_worlds`).
        test: which earlier rounds were run in full: `every`, or `final` (the base alone).
        history: whether unrelated models' scores were given.
        method: its name.
        rounds: forecasts made.
        mae_previous: mean absolute error of the gain over the previous round.
        mae_base: of the gain over the base.
        ratio_previous: `mae_previous` by that of the baseline in the same setting.
        ratio_base: likewise.
        coverage_previous: share of the intervals that hold the gain over the previous round.
        coverage_base: likewise, over the base.
        width_previous: mean width of the former, in points.
        passed: share of the rounds with a true gain above 2 points that pass the gate; None where
            there are no such rounds.
        gains: number of rounds with a true gain above 2 points.
        failed: share of the rounds with a true loss above 2 points that fail at the gate.
        losses: number of rounds with a true loss above 2 points.
        passed_all: share of all rounds that pass the gate.
        sign: share of rounds whose predicted gain has the true one's sign.
        seconds: a forecast takes, items not run.
    """

    benchmark: str
    world: str
    test: Test
    history: bool
    method: str
    rounds: int
    mae_previous: float
    mae_base: float
    ratio_previous: float | None
    ratio_base: float | None
    coverage_previous: float
    coverage_base: float
    width_previous: float
    passed: float | None
    gains: int
    failed: float | None
    losses: int
    passed_all: float
    sign: float
    seconds: float


def write_gain_rows(rows: Sequence[GainRow], path: Path) -> None:
    """Write the rows as CSV, empty where there is no value.

    Raises:
        UserError: (a ValueError) on a file that cannot be written.
    """
    write_csv(GainRow, rows, path)


def gain_row(
    benchmark: str,
    world: str,
    test: Test,
    history: bool,
    method: str,
    outcomes: Sequence[Outcome],
    baseline: Sequence[Outcome],
) -> GainRow:
    """One row of results, relative to the baseline's."""
    truth_E = np.array([outcome.gain for outcome in outcomes])
    previous = [outcome.forecast.gain_over_previous for outcome in outcomes]
    gained_E, lost_E = truth_E > CLEAR, truth_E < -CLEAR
    probability_E = np.array([o.forecast.probability_above(0.0) for o in outcomes])
    passes_E = probability_E >= CONFIDENCE
    value_E = np.array([estimate.value for estimate in previous])
    mae, base = _errors(outcomes), _errors(baseline)
    return GainRow(
        benchmark=benchmark,
        world=world,
        test=test,
        history=history,
        method=method,
        rounds=len(outcomes),
        mae_previous=mae[0],
        mae_base=mae[1],
        ratio_previous=mae[0] / base[0] if base[0] else None,
        ratio_base=mae[1] / base[1] if base[1] else None,
        coverage_previous=float(
            np.mean([_holds(o.forecast.gain_over_previous, o.gain) for o in outcomes])
        ),
        coverage_base=float(
            np.mean([_holds(o.forecast.gain_over_base, o.gain_over_base) for o in outcomes])
        ),
        width_previous=100
        * float(np.mean([estimate.high - estimate.low for estimate in previous])),
        passed=float(passes_E[gained_E].mean()) if gained_E.any() else None,
        gains=int(gained_E.sum()),
        failed=float((~passes_E[lost_E]).mean()) if lost_E.any() else None,
        losses=int(lost_E.sum()),
        passed_all=float(passes_E.mean()),
        sign=float((np.sign(value_E) == np.sign(truth_E)).mean()),
        seconds=float(np.mean([outcome.seconds for outcome in outcomes])),
    )


def _errors(outcomes: Sequence[Outcome]) -> tuple[float, float]:
    previous = [abs(o.forecast.gain_over_previous.value - o.gain) for o in outcomes]
    base = [abs(o.forecast.gain_over_base.value - o.gain_over_base) for o in outcomes]
    return 100 * float(np.mean(previous)), 100 * float(np.mean(base))


def _holds(estimate: Estimate, truth: float) -> bool:
    return estimate.low - _ROUNDING <= truth <= estimate.high + _ROUNDING
