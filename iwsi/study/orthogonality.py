"""Does the DS weight say what the vote's entropy says, or what the labels say?"""

import math

import numpy as np
from numpy.typing import NDArray

from eval_predict.stats.estimate import Estimate

DRAWS = 1000
LEVEL = 0.95

FloatArray = NDArray[np.float64]


def rank_correlation(
    first_C: FloatArray,
    second_C: FloatArray,
    question_C: NDArray[np.int64],
    rng: np.random.Generator,
) -> Estimate | None:
    """Spearman's rank correlation over C candidates; None where one of them is constant.

    The interval is a percentile bootstrap that draws whole questions: the candidates of one are
    no independent draws.

    Source: Spearman 1904, Am. J. Psychol. 15:72-101; Davison & Hinkley 1997, Bootstrap Methods
    and their Application, section 3.8 (clusters).

    Args:
        first_C: One value a candidate, finite.
        second_C: The other.
        question_C: Which question each answers.
        rng: Of the bootstrap's draws.
    """
    value = _spearman(first_C, second_C)
    if math.isnan(value):
        return None
    order = np.argsort(question_C, kind="stable")
    _, begin_Q, count_Q = np.unique(question_C[order], return_index=True, return_counts=True)
    draws = []
    for _ in range(DRAWS):
        drawn_Q = rng.integers(len(begin_Q), size=len(begin_Q))
        rows = order[_ranges(begin_Q[drawn_Q], count_Q[drawn_Q])]
        draws.append(_spearman(first_C[rows], second_C[rows]))
    draws = [draw for draw in draws if not math.isnan(draw)]
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value, float(low), float(high), LEVEL, "spearman_bootstrap", len(first_C))


def _spearman(first_C: FloatArray, second_C: FloatArray) -> float:
    from scipy.stats import rankdata

    one, two = rankdata(first_C), rankdata(second_C)
    if len(one) < 2 or (one == one[0]).all() or (two == two[0]).all():
        return math.nan
    return float(np.corrcoef(one, two)[0, 1])


def _ranges(begin_Q: NDArray[np.intp], count_Q: NDArray[np.intp]) -> NDArray[np.intp]:
    """begin, begin + 1, … for each of Q counts, one after the other."""
    offset = np.repeat(np.cumsum(count_Q) - count_Q, count_Q)
    return np.repeat(begin_Q, count_Q) + np.arange(count_Q.sum()) - offset
