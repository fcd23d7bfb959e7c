"""Rounds of self-training in a simulated world, and how a forecaster is led through one."""

import numpy as np
from numpy.typing import NDArray

from eval_predict import Observed
from eval_predict.gain.forecaster import ArrayForecaster, EarlierRound


def rounds_world(gains: list[float], items: int = 400, seed: int = 0) -> NDArray[np.float64]:
    """Scores (R, N) of a base of about 0.5 and of rounds that differ from it in a few items."""
    rng = np.random.default_rng(seed)
    difficulty_N = rng.normal(0, 1.5, items)
    luck_N = rng.logistic(size=items)
    scores = [(luck_N > difficulty_N).astype(float)]
    ability = 0.0
    for gain in gains:
        ability += 6 * gain
        # A few items change their luck, so that a round also loses some.
        luck_N = np.where(rng.random(items) < 0.05, rng.logistic(size=items), luck_N)
        scores.append((luck_N + ability > difficulty_N).astype(float))
    return np.array(scores)


def in_full(scores_N: NDArray[np.float64], name: str = "round-0") -> EarlierRound:
    """A round that was run on every item."""
    N = scores_N.size
    observed = Observed(
        np.arange(N)[None], scores_N[None], np.ones((1, N)), np.zeros(N, dtype=np.intp)
    )
    return EarlierRound(name, observed)


def run_items(
    forecaster: ArrayForecaster, truth_N: NDArray[np.float64], counts: list[int], seed: int = 0
) -> Observed:
    """What the forecaster asks for, in stages of these sizes."""
    rng = np.random.default_rng(seed)
    observed = None
    for count in counts:
        items = forecaster.next(observed, count, rng)
        if observed is None:
            observed = Observed.of(items, truth_N[None])
        else:
            observed = observed.extend(items, truth_N[None])
    assert observed is not None
    return observed
