"""The probability that a vote is right, fitted on audited rows from a few of their scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from iwsi.filter.ranking import auc, bootstrap_auc

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

BASELINE = "vote_share"
FEATURES = ("vote_share", "entropy", "low_loss")  # all known without a scoring pass
_ARRAYS = ("mean_F", "spread_F", "slope_F")
FOLDS, REPEATS = 5, 5
STRENGTH = 1.0  # inverse of the ridge penalty, on standardised scores
SURE = 0.9  # of being better than the vote share, before its place is taken


@dataclass(frozen=True, slots=True, eq=False)
class VoteProbability:
    """How likely a vote is right, given its scores.

    Attributes:
        features: the scores it is made from; the vote share alone where the rows cannot tell.
        mean_F: of each feature over the audited rows, shape (F,).
        spread_F: its standard deviation.
        slope_F: of the log odds per standard deviation, calibrated.
        intercept: the log odds at the mean.
        auc: cross-validated.
        baseline_auc: of the vote share on the same rows.
        sentence: what was chosen, and why.
    """

    features: tuple[str, ...]
    mean_F: FloatArray
    spread_F: FloatArray
    slope_F: FloatArray
    intercept: float
    auc: float
    baseline_auc: float
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it."""
        arrays = {name: getattr(self, name).tolist() for name in _ARRAYS}
        plain = ("features", "intercept", "auc", "baseline_auc", "sentence")
        return {name: getattr(self, name) for name in plain} | arrays

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """What `to_dict` gave, through JSON."""
        arrays = {name: np.array(values[name], float) for name in _ARRAYS}
        return cls(**{**values, **arrays, "features": tuple(values["features"])})

    def predict(self, scores: Mapping[str, FloatArray]) -> FloatArray:
        """The probability of each of N votes, shape (N,); NaN where a score is not known."""
        scores_NF = np.stack([_bounded(name, scores[name]) for name in self.features], axis=1)
        odds_N = self.intercept + (scores_NF - self.mean_F) / self.spread_F @ self.slope_F
        return np.asarray(1 / (1 + np.exp(-odds_N)))


def fit_probability(
    scores: Mapping[str, FloatArray], right_Q: BoolArray, rng: np.random.Generator
) -> VoteProbability:
    """Fit a regularised logistic regression, or fall back to the vote share.

    The regression takes the vote share's place only where a paired bootstrap of cross-validated
    scores is at least 90% sure that it ranks right votes better. It is calibrated by the slope
    that fits its own cross-validated log odds.

    Source of the calibration: Platt 1999, Probabilistic outputs for support vector machines.

    Args:
        scores: the audited rows' scores by name, shape (Q,); the vote share is one of them.
        right_Q: whether each vote is right; both kinds occur.
        rng: of folds and bootstrap.
    """
    names = tuple(name for name in FEATURES if name in scores)
    measured_Q = np.isfinite(np.stack([scores[name] for name in names])).all(axis=0)
    right_N = right_Q[measured_Q]
    measured = {name: scores[name][measured_Q] for name in names}
    share_N = measured[BASELINE]
    if min(right_N.sum(), (~right_N).sum()) < FOLDS:
        reason = f"with fewer than {FOLDS} right or wrong votes nothing else can be fitted"
        return _fitted((BASELINE,), measured, right_N, rng, auc(share_N, right_N), reason)
    odds_N = _cross_validated(_matrix(measured, names), right_N, rng)
    drawn_SR = bootstrap_auc([odds_N, share_N], right_N, rng)
    sure = float((drawn_SR[0] > drawn_SR[1]).mean())
    better = f"{sure:.0%} sure to rank right votes better than the vote share"
    if sure < SURE:
        return _fitted(
            (BASELINE,),
            measured,
            right_N,
            rng,
            auc(share_N, right_N),
            f"{len(right_N)} labelled rows cannot tell that more scores help ({better})",
        )
    return _fitted(names, measured, right_N, rng, auc(odds_N, right_N), better)


def unfitted(reason: str) -> VoteProbability:
    """The vote share as it is, where no probability can be fitted to it.

    Args:
        reason: why not, as a part of a sentence.
    """
    one = np.ones(1)
    return VoteProbability(
        (BASELINE,),
        0 * one,
        one,
        one,
        0.0,
        np.nan,
        np.nan,
        f"The filter ranks by the vote share: {reason}.",
    )


def _fitted(
    names: tuple[str, ...],
    scores: Mapping[str, FloatArray],
    right_N: BoolArray,
    rng: np.random.Generator,
    cross_validated_auc: float,
    reason: str,
) -> VoteProbability:
    scores_NF = _matrix(scores, names)
    mean_F, spread_F = scores_NF.mean(axis=0), scores_NF.std(axis=0)
    spread_F = np.where(spread_F > 0, spread_F, 1.0)
    standard_NF = (scores_NF - mean_F) / spread_F
    slope_F, intercept = _regression(standard_NF, right_N)
    if len(names) > 1:
        odds_N = _cross_validated(scores_NF, right_N, rng)
        calibration, shift = _regression(odds_N[:, None], right_N)
        # A slope below 0 would turn the ranking round that cross-validation found better.
        scale = float(np.clip(calibration[0], 0.1, 2.0))
        slope_F, intercept = slope_F * scale, intercept * scale + shift
    else:
        slope_F = np.maximum(slope_F, 1e-6)  # a larger share never makes a vote less likely right
    used = "the vote share" if len(names) == 1 else f"{len(names)} scores"
    return VoteProbability(
        features=names,
        mean_F=mean_F,
        spread_F=spread_F,
        slope_F=slope_F,
        intercept=intercept,
        auc=cross_validated_auc,
        baseline_auc=auc(scores[BASELINE], right_N),
        sentence=f"The filter ranks by {used}: {reason}.",
    )


def _cross_validated(
    scores_NF: FloatArray, right_N: BoolArray, rng: np.random.Generator
) -> FloatArray:
    """Log odds of each row from folds without it, the mean over repeats, shape (N,)."""
    odds_N = np.zeros(len(right_N))
    for _ in range(REPEATS):
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=int(rng.integers(2**31)))
        for seen, held_out in folds.split(scores_NF, right_N):
            mean_F, spread_F = scores_NF[seen].mean(axis=0), scores_NF[seen].std(axis=0)
            spread_F = np.where(spread_F > 0, spread_F, 1.0)
            slope_F, intercept = _regression((scores_NF[seen] - mean_F) / spread_F, right_N[seen])
            standard_NF = (scores_NF[held_out] - mean_F) / spread_F
            odds_N[held_out] += (intercept + standard_NF @ slope_F) / REPEATS
    return odds_N


def _regression(scores_NF: FloatArray, right_N: BoolArray) -> tuple[FloatArray, float]:
    fitted = LogisticRegression(C=STRENGTH, max_iter=1000).fit(scores_NF, right_N)
    return np.asarray(fitted.coef_[0], float), float(fitted.intercept_[0])


def _matrix(scores: Mapping[str, FloatArray], names: Sequence[str]) -> FloatArray:
    return np.stack([_bounded(name, scores[name]) for name in names], axis=1)


def _bounded(name: str, score_N: FloatArray) -> FloatArray:
    """A loss on a logarithmic scale, where its distribution has no long tail."""
    if name in ("low_loss", "ds_one_sided"):
        return np.asarray(-np.log(np.maximum(-score_N, 1e-4)))
    return score_N


def largest_precise(probability_N: FloatArray, min_precision: float) -> int:
    """How many of the likeliest votes have together at least this precision, as predicted.

    Args:
        probability_N: of being right, shape (N,).
        min_precision: the mean probability that what is kept must reach.
    """
    sorted_N = np.sort(probability_N[np.isfinite(probability_N)])[::-1]
    if not len(sorted_N):
        return 0
    mean_N = sorted_N.cumsum() / np.arange(1, len(sorted_N) + 1)
    return int((mean_N >= min_precision - 1e-12).sum())  # the mean only falls
