"""How well a score ranks right before wrong: AUC with an interval, precision of what is kept."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from eval_predict.stats.estimate import Estimate

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
REPEATS = 1000


def auc(score_N: FloatArray, right_N: BoolArray) -> float:
    """Probability that a right one of N scores above a wrong one, ties counted by half.

    Source: Mann & Whitney 1947, Ann. Math. Statist. 18:50-60.
    """
    num_right = int(right_N.sum())
    num_wrong = len(right_N) - num_right
    ranks_N = rankdata(score_N)
    above = ranks_N[right_N].sum() - num_right * (num_right + 1) / 2
    return float(above / (num_right * num_wrong))


def auc_estimate(
    score_N: FloatArray,
    right_N: BoolArray,
    rng: np.random.Generator,
    *,
    level: float = 0.95,
    repeats: int = REPEATS,
) -> Estimate:
    """The AUC with a percentile interval of a bootstrap within the right and the wrong ones.

    Where all right ones rank on one side of all wrong ones no draw differs from another; then the
    bound is what as many agreeing rows as the smaller side has can rule out.
    """
    drawn_R = bootstrap_auc([score_N], right_N, rng, repeats=repeats)[0]
    low, high = np.quantile(drawn_R, [(1 - level) / 2, (1 + level) / 2])
    value = auc(score_N, right_N)
    if value in (0.0, 1.0):
        fewer = int(min(right_N.sum(), (~right_N).sum()))
        ruled_out = ((1 - level) / 2) ** (1 / fewer)
        low, high = (ruled_out, 1.0) if value else (0.0, 1 - ruled_out)
    return Estimate(
        value=value,
        low=float(min(low, value)),
        high=float(max(high, value)),
        level=level,
        method="auc, stratified bootstrap",
        n_observed=len(right_N),
    )


def bootstrap_auc(
    scores: Sequence[FloatArray],
    right_N: BoolArray,
    rng: np.random.Generator,
    *,
    repeats: int = REPEATS,
) -> FloatArray:
    """AUC of S scores on the same R draws of the rows, shape (S, R).

    A draw takes as many right and as many wrong rows as there are, with replacement. Scores share
    the draws, so that differences between them are paired.
    """
    right, wrong = np.flatnonzero(right_N), np.flatnonzero(~right_N)
    times_RA = rng.multinomial(len(right), np.full(len(right), 1 / len(right)), repeats)
    times_RB = rng.multinomial(len(wrong), np.full(len(wrong), 1 / len(wrong)), repeats)
    found_SR = np.empty((len(scores), repeats))
    for i, score_N in enumerate(scores):
        # How often each right row is above a wrong one of the draw.
        order = np.sort(score_N[wrong])
        below_A = np.searchsorted(order, score_N[right], side="left")
        up_to_A = np.searchsorted(order, score_N[right], side="right")
        sorted_RB = times_RB[:, np.argsort(score_N[wrong], kind="stable")]
        summed_RB = np.concatenate([np.zeros((repeats, 1)), sorted_RB.cumsum(axis=1)], axis=1)
        wins_RA = (summed_RB[:, below_A] + summed_RB[:, up_to_A]) / 2
        found_SR[i] = (wins_RA * times_RA).sum(axis=1) / (len(right) * len(wrong))
    return found_SR


def precision_at(
    score_N: FloatArray, right_N: BoolArray, shares: Sequence[float]
) -> tuple[float, ...]:
    """The share of right ones among what scores highest, for each share that is kept.

    Of rows that tie across the cut each counts in part, as a draw among them would in the mean.
    """
    values, at = np.unique(-score_N, return_inverse=True)
    rows_V = np.bincount(at, minlength=len(values)).astype(float)
    right_V = np.bincount(at, weights=right_N, minlength=len(values))
    ends_V = rows_V.cumsum()
    found = []
    for share in shares:
        kept = max(int(np.ceil(share * len(score_N) - 1e-9)), 1)
        part_V = np.clip(kept - (ends_V - rows_V), 0, rows_V) / rows_V
        found.append(float((right_V * part_V).sum() / kept))
    return tuple(found)
