"""A round's forecast: draw items, run them and estimate its score and its gain."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed, Selection
from eval_predict.errors import UserError
from eval_predict.gain.forecaster import MIN_BUDGET, ArrayForecaster, EarlierRound, ItemFeatures
from eval_predict.methods import METHODS
from eval_predict.select.design import AdaptiveDesign
from eval_predict.stats.estimate import Estimate, mean_score
from iwsi.errors import InternalError
from iwsi.recipe import Forecast

DEFAULT_SHARE = 0.1  # of the test items, where the recipe names no budget
_LOOKS = 10  # at the gain, at most, where a forecast may stop early

# Scores (n,) of the items at positions (n,), run as batch number `batch`.
RunItems = Callable[[NDArray[np.intp], int], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class RoundForecast:
    """The items run of a round, and the estimates from them.

    Attributes:
        observed: the items run, one target.
        score: of the whole test set.
        gain_over_previous: over the round before; None for the base model.
        gain_over_base: over the base model; None for the base model itself.
        gain_alone: the gain that the gate decides by, see `eval_predict.gain.forecast.Forecast`.
        narrow: whether it stopped early because the gain was precise enough.
    """

    observed: Observed
    score: Estimate
    gain_over_previous: Estimate | None
    gain_over_base: Estimate | None
    gain_alone: Estimate | None
    narrow: bool = False


def budget_items(settings: Forecast, num_items: int) -> int:
    """How many items a forecast may run.

    Raises:
        UserError: fewer than five items.
    """
    if settings.budget is None:
        return min(max(MIN_BUDGET, round(DEFAULT_SHARE * num_items)), num_items)
    share = settings.budget < 1
    items = round(settings.budget * num_items) if share else int(settings.budget)
    of_all = f", which is {items} of {num_items} items" if share else ""
    if items < MIN_BUDGET:
        raise UserError(
            field="forecast.budget",
            got=f"{settings.budget:g}{of_all}",
            expected=f"at least {MIN_BUDGET} items",
            fix="Raise forecast.budget (below 1: a share of the items; from 1 on: their number).",
        )
    return min(items, num_items)


def forecast_round(
    settings: Forecast,
    num_items: int,
    earlier: Sequence[EarlierRound],
    run_items: RunItems,
    rng: np.random.Generator,
    *,
    history: ScoreMatrix | None = None,
    features: ItemFeatures | None = None,
) -> RoundForecast:
    """Choose items, run them and forecast.

    Args:
        settings: the recipe's section.
        num_items: N, of the test set.
        earlier: the rounds before, the base first; empty where the base itself is forecast.
        run_items: runs the new round on some items.
        rng: draws the items.
        history: other models on the same N items.
        features: of the same N items.
    """
    budget = budget_items(settings, num_items)
    if not earlier:
        return _base_alone(settings, num_items, budget, run_items, rng, history)
    peeking = settings.max_halfwidth is not None
    forecaster = ArrayForecaster(method=settings.method, level=settings.level, peeking=peeking)
    forecaster.fit(num_items, earlier, history=history, features=features)
    looks = max(MIN_BUDGET, math.ceil(budget / _LOOKS)) if peeking else None
    observed: Observed | None = None
    for number, count in enumerate(forecaster.stages(budget, settings.batch or looks)):
        selection = forecaster.next(observed, count, rng)
        observed = _run(observed, selection, run_items, num_items, number)
        if settings.max_halfwidth is None or observed.shape[1] == budget:
            continue
        gain = forecaster.forecast(observed).gain_over_previous
        if (gain.high - gain.low) / 2 <= settings.max_halfwidth:
            break
    if observed is None:
        raise InternalError("a forecaster without stages")
    result = forecaster.forecast(observed)
    return RoundForecast(
        observed,
        result.score,
        result.gain_over_previous,
        result.gain_over_base,
        result.gain_alone,
        narrow=observed.shape[1] < budget,
    )


def _base_alone(
    settings: Forecast,
    num_items: int,
    budget: int,
    run_items: RunItems,
    rng: np.random.Generator,
    history: ScoreMatrix | None,
) -> RoundForecast:
    """The base model's score: there is no round before it to compare with."""
    if history is None:
        items_n = rng.choice(num_items, size=budget, replace=False).astype(np.intp)
        selection = Selection(items_n[None], np.full((1, budget), budget / num_items))
        observed = _run(None, selection, run_items, num_items, 0)
        score = mean_score(observed.scores_Tn[0], settings.level)
        return RoundForecast(observed, score, None, None, None)
    method = METHODS["auto"]
    design = method.design().fit(history)
    stages = design.stages(budget) if isinstance(design, AdaptiveDesign) else [budget]
    observed = _run(None, design.select(stages[0], rng), run_items, num_items, 0)
    for number, count in enumerate(stages[1:], start=1):
        if isinstance(design, AdaptiveDesign):
            selection = design.next(observed, count, rng)
            observed = _run(observed, selection, run_items, num_items, number)
    score = method.predictor().fit(history).predict(observed, settings.level)
    return RoundForecast(observed, score, None, None, None)


def _run(
    observed: Observed | None,
    selection: Selection,
    run_items: RunItems,
    num_items: int,
    batch: int,
) -> Observed:
    """The observed items, extended by the selection's."""
    items_n = selection.items_Tn[0]
    scores_TN = np.full((1, num_items), np.nan)
    scores_TN[0, items_n] = run_items(items_n, batch)
    return observed.extend(selection, scores_TN) if observed else Observed.of(selection, scores_TN)
