"""What forecasts from a tenth of the test rows would have said of each round, and the gate."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from eval_predict.data.observed import Observed
from eval_predict.gain.inputs import EarlierRound
from eval_predict.stats.estimate import Estimate
from iwsi.evaluation.forecast import forecast_round
from iwsi.evaluation.gate import decide
from iwsi.recipe.evaluation import Forecast, Gate

DRAWS = 50  # of the items, for each round
Scores = Sequence[float]


class Record(NamedTuple):
    """Of many rounds and draws: how good the forecasts were, and what the gate let pass.

    Attributes:
        rounds: rounds that were forecast.
        error: mean distance of the forecast gain from that of the full test.
        plain_error: that of the plain difference on the same number of items.
        covered: how often the 90% interval holds the full test's gain.
        passed_worse: of rounds that lost answers, how often the gate let them pass.
        passed_better: of rounds that gained two points or more, how often it did.
        worse: how many rounds lost answers.
        better: how many gained two points or more.
    """

    rounds: int
    error: float
    plain_error: float
    covered: float
    passed_worse: float
    passed_better: float
    worse: int
    better: int


def record(rounds: Iterable[tuple[Scores, Scores]]) -> Record:
    """The record over rounds, each given by the test scores before and after it."""
    settings, gate = Forecast(), Gate()
    errors, plain, covered, passed, gains = [], [], [], [], []
    for number, (before, after) in enumerate(rounds):
        gain = float(np.mean(after) - np.mean(before))
        for draw in range(DRAWS):
            rng = np.random.default_rng([number, draw])
            estimate, plain_gain = _forecast(settings, np.array(before), np.array(after), rng)
            errors.append(abs(estimate.value - gain))
            plain.append(abs(plain_gain - gain))
            covered.append(estimate.low - 1e-9 <= gain <= estimate.high + 1e-9)
            passed.append(decide(gate, 1, estimate, estimate.value, []).passed)
            gains.append(gain)
    gain_N, passed_N = np.array(gains), np.array(passed)
    worse_N, better_N = gain_N < 0, gain_N >= 0.02 - 1e-9
    return Record(
        rounds=len(gains) // DRAWS,
        error=float(np.mean(errors)),
        plain_error=float(np.mean(plain)),
        covered=float(np.mean(covered)),
        passed_worse=float(passed_N[worse_N].mean()) if worse_N.any() else np.nan,
        passed_better=float(passed_N[better_N].mean()) if better_N.any() else np.nan,
        worse=int(worse_N.sum()) // DRAWS,
        better=int(better_N.sum()) // DRAWS,
    )


def _forecast(
    settings: Forecast,
    before_N: np.ndarray[tuple[int], np.dtype[np.float64]],
    after_N: np.ndarray[tuple[int], np.dtype[np.float64]],
    rng: np.random.Generator,
) -> tuple[Estimate, float]:
    items = len(before_N)
    all_items = np.arange(items)[None]
    observed = Observed(all_items, before_N[None], np.ones((1, items)), np.zeros(items, np.intp))
    found = forecast_round(
        settings,
        items,
        [EarlierRound("warm start", observed)],
        lambda chosen, batch: after_N[chosen],
        rng,
    )
    gain = found.gain_over_previous
    if gain is None:
        raise ValueError("a forecast without the round before")
    drawn = rng.choice(items, found.observed.shape[1], replace=False)
    return gain, float((after_N[drawn] - before_N[drawn]).mean())
