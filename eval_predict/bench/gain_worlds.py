"""Made rounds that follow real ones: answers lost, a gain on one topic only, or no gain at all."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from eval_predict.irt.factor_model import Floats

REAL = "real"
_TOPIC_SHARE = 0.2  # of the items
_TOPIC_GAIN = 0.7  # of the topic's wrong answers that become correct
_DIRECTIONS = 4  # leading directions of the scores, of which a topic is a random mix
_MOST = 0.75  # of the answers that could change
_CHURN = 0.04  # of the items change either way in a round without a gain

# From a round's 0/1 scores (N,) and all models' (M, N) to the next round's scores, or None where
# the round has too few answers to change.
MakeRound = Callable[[Floats, Floats, np.random.Generator], Floats | None]


def losing(points: int) -> MakeRound:
    """A round that loses so many points of correct answers, at random, and gains none."""

    def make(score_N: Floats, scores_MN: Floats, rng: np.random.Generator) -> Floats | None:
        return _changed(score_N, score_N > 0, round(points / 100 * score_N.size), rng)

    return make


def topic_gain(score_N: Floats, scores_MN: Floats, rng: np.random.Generator) -> Floats | None:
    """A round that learns one topic and changes nothing else."""
    wrong_N = topic_items(scores_MN, rng) & (score_N < 1)
    return _changed(score_N, wrong_N, round(_TOPIC_GAIN * int(wrong_N.sum())), rng)


def no_gain(score_N: Floats, scores_MN: Floats, rng: np.random.Generator) -> Floats | None:
    """A round that loses as many answers as it gains."""
    count = round(_CHURN * score_N.size)
    lost_N = _changed(score_N, score_N > 0, count, rng)
    gained_N = _changed(score_N, score_N < 1, count, rng)
    if lost_N is None or gained_N is None:
        return None
    return np.asarray(lost_N + gained_N - score_N, np.float64)


WORLDS: dict[str, MakeRound | None] = {
    "loses_3": losing(3),
    "loses_5": losing(5),
    "loses_9": losing(9),
    "topic": topic_gain,
    "no_gain": no_gain,
    REAL: None,
}


def topic_items(scores_MN: Floats, rng: np.random.Generator) -> NDArray[np.bool_]:
    """The fifth of the items (N,) furthest along a random mix of the scores' leading directions.

    Models that share abilities get these items right together.

    Args:
        scores_MN: of all models of a table, NaN for missing.
        rng: of the mix.
    """
    mean_N = np.nanmean(scores_MN, axis=0)
    filled_MN = np.where(np.isnan(scores_MN), mean_N, scores_MN) - mean_N
    _, _, direction_kN = np.linalg.svd(filled_MN, full_matrices=False)
    direction_kN = direction_kN[:_DIRECTIONS]
    along_N = rng.normal(size=len(direction_kN)) @ direction_kN
    along_N = along_N + 1e-9 * rng.random(along_N.size)  # ties at random
    topic_N: NDArray[np.bool_] = along_N >= np.quantile(along_N, 1 - _TOPIC_SHARE)
    return topic_N


def _changed(
    score_N: Floats, open_N: NDArray[np.bool_], count: int, rng: np.random.Generator
) -> Floats | None:
    """`count` of the open items flipped; None where they are too few, or none is to be flipped."""
    items_n = np.flatnonzero(open_N)
    if not 1 <= count <= _MOST * items_n.size:
        return None
    flipped_n = rng.choice(items_n, size=count, replace=False)
    changed_N = score_N.copy()
    changed_N[flipped_n] = 1 - changed_N[flipped_n]
    return changed_N
