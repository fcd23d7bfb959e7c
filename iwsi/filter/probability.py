"""The probability that a vote is right, fitted on audited rows from a few of their scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from eval_predict.stats.logistic import logistic
from iwsi.filter.ranking import auc, bootstrap_auc

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

BASELINE = "vote_share"
FEATURES = ("vote_share", "entropy", "low_loss")  # all known without a scoring pass
_ARRAYS = ("mean_F", "spread_F", "slope_F", "shift_A")
FOLDS, REPEATS = 5, 5
STRENGTH = 1.0  # inverse of the ridge penalty, on standardised scores
SURE = 0.9  # of being better than the vote share, before its place is taken
# Where few answers are possible, some are right more often than others at the same share. From so
# many rows on that ranked right votes better on TREC and SST-2, draw by draw; with 50 it did not.
ANSWER_ROWS, MOST_ANSWERS = 80, 10
ANSWER_STRENGTH = 0.3


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
        answers: the answers whose votes are known to be right more or less often.
        shift_A: what each of them adds to the log odds, shape (A,).
    """

    features: tuple[str, ...]
    mean_F: FloatArray
    spread_F: FloatArray
    slope_F: FloatArray
    intercept: float
    auc: float
    baseline_auc: float
    sentence: str
    answers: tuple[str, ...] = ()
    shift_A: FloatArray = field(default_factory=lambda: np.empty(0))

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        arrays = {name: getattr(self, name).tolist() for name in _ARRAYS}
        plain = ("features", "intercept", "auc", "baseline_auc", "sentence", "answers")
        return {name: getattr(self, name) for name in plain} | arrays

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`, after JSON."""
        arrays = {name: np.array(values.get(name, ()), float) for name in _ARRAYS}
        names = {name: tuple(values.get(name, ())) for name in ("features", "answers")}
        return cls(**{**values, **arrays, **names})

    def predict(
        self, scores: Mapping[str, FloatArray], answers: Sequence[str | None] = ()
    ) -> FloatArray:
        """The probability of each of N votes, shape (N,); NaN where a score is not known.

        Args:
            scores: by name, shape (N,) each.
            answers: the answers that won the votes, if they are at hand.
        """
        scores_NF = np.stack([_bounded(name, scores[name]) for name in self.features], axis=1)
        odds_N = self.intercept + (scores_NF - self.mean_F) / self.spread_F @ self.slope_F
        if self.answers:
            odds_N = odds_N + _indicators(answers, self.answers) @ self.shift_A
        return np.asarray(logistic(odds_N))


def fit_probability(
    scores: Mapping[str, FloatArray],
    right_Q: BoolArray,
    rng: np.random.Generator,
    answers: Sequence[str | None] = (),
) -> VoteProbability:
    """Fit a regularised logistic regression, or fall back to the vote share.

    Where few answers are possible and rows are many, the regression is over the vote share and the
    answer that won. Else it is over several scores, but takes the vote share's place only where a
    paired bootstrap of cross-validated scores is at least 90% sure that it ranks right votes
    better. It is calibrated by the slope that fits its own cross-validated log odds.

    Source of the calibration: Platt 1999, Probabilistic outputs for support vector machines.

    Args:
        scores: the audited rows' scores by name, shape (Q,); the vote share is one of them.
        right_Q: whether each vote is right; both kinds occur.
        rng: of folds and bootstrap.
        answers: the answers that won the Q votes; none: they are no list of labels.
    """
    names = tuple(name for name in FEATURES if name in scores)
    rows = np.flatnonzero(np.isfinite(np.stack([scores[name] for name in names])).all(axis=0))
    right_N = right_Q[rows]
    measured = {name: scores[name][rows] for name in names}
    share_N = measured[BASELINE]
    fit = _Fit(measured, right_N, rng)
    if min(right_N.sum(), (~right_N).sum()) < FOLDS:
        reason = f"with fewer than {FOLDS} right or wrong votes nothing else can be fitted"
        return fit.probability((BASELINE,), auc(share_N, right_N), reason)
    won = [answers[row] for row in rows.tolist()] if answers else []
    labels = tuple(sorted({answer for answer in won if answer is not None}))
    if 1 < len(labels) <= MOST_ANSWERS and len(right_N) >= ANSWER_ROWS:
        fit = _Fit(measured, right_N, rng, labels, _indicators(won, labels))
        odds_N = fit.cross_validated((BASELINE,))
        reason = f"{len(right_N)} labelled rows say how often each answer is right"
        return fit.probability((BASELINE,), auc(odds_N, right_N), reason)
    odds_N = fit.cross_validated(names)
    drawn_SR = bootstrap_auc([odds_N, share_N], right_N, rng)
    sure = float((drawn_SR[0] > drawn_SR[1]).mean())
    better = f"{sure:.0%} sure to rank right votes better than the vote share"
    if sure < SURE:
        reason = f"{len(right_N)} labelled rows cannot tell that more scores help ({better})"
        return fit.probability((BASELINE,), auc(share_N, right_N), reason)
    return fit.probability(names, auc(odds_N, right_N), better)


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


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """N audited votes: their scores, whether they are right, and which of A answers won."""

    scores: Mapping[str, FloatArray]
    right_N: BoolArray
    rng: np.random.Generator
    answers: tuple[str, ...] = ()
    answer_NA: FloatArray | None = None

    def probability(
        self, names: tuple[str, ...], cross_validated_auc: float, reason: str
    ) -> VoteProbability:
        """Fitted on all rows."""
        scores_NF = _matrix(self.scores, names)
        mean_F, spread_F = _moments(scores_NF)
        slopes, intercept = self._regression((scores_NF - mean_F) / spread_F, slice(None))
        if len(names) > 1 or self.answers:
            calibration, shift = _regression(self.cross_validated(names)[:, None], self.right_N)
            # A slope below 0 would reverse the ranking that cross-validation found better.
            scale = float(np.clip(calibration[0], 0.1, 2.0))
            slopes, intercept = slopes * scale, intercept * scale + shift
        slope_F, shift_A = slopes[: len(names)], slopes[len(names) :]
        if len(names) == 1:
            # A larger share never makes a vote less likely right.
            slope_F = np.maximum(slope_F, 1e-6)
        used = "the vote share" if len(names) == 1 else f"{len(names)} scores"
        used += " and the answer that won" if self.answers else ""
        return VoteProbability(
            features=names,
            mean_F=mean_F,
            spread_F=spread_F,
            slope_F=slope_F,
            intercept=intercept,
            auc=cross_validated_auc,
            baseline_auc=auc(self.scores[BASELINE], self.right_N),
            sentence=f"The filter ranks by {used}: {reason}.",
            answers=self.answers,
            shift_A=shift_A,
        )

    def cross_validated(self, names: Sequence[str]) -> FloatArray:
        """Log odds of each row from folds without it, the mean over repeats, shape (N,)."""
        scores_NF, odds_N = _matrix(self.scores, names), np.zeros(len(self.right_N))
        for _ in range(REPEATS):
            seed = int(self.rng.integers(2**31))
            folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
            for seen, held_out in folds.split(scores_NF, self.right_N):
                mean_F, spread_F = _moments(scores_NF[seen])
                standard_NF = (scores_NF - mean_F) / spread_F
                slopes, intercept = self._regression(standard_NF[seen], seen)
                columns = self._columns(standard_NF[held_out], held_out)
                odds_N[held_out] += (intercept + columns @ slopes) / REPEATS
        return odds_N

    def _regression(self, standard_MF: FloatArray, rows: Any) -> tuple[FloatArray, float]:
        strength = ANSWER_STRENGTH if self.answers else STRENGTH
        columns = self._columns(standard_MF, rows)
        return _regression(columns, self.right_N[rows], strength)

    def _columns(self, standard_MF: FloatArray, rows: Any) -> FloatArray:
        if self.answer_NA is None:
            return standard_MF
        return np.concatenate([standard_MF, self.answer_NA[rows]], axis=1)


def _moments(scores_NF: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The mean and, where it is positive, the standard deviation of each score, shapes (F,)."""
    spread_F = scores_NF.std(axis=0)
    return scores_NF.mean(axis=0), np.where(spread_F > 0, spread_F, 1.0)


def _indicators(answers: Sequence[str | None], labels: Sequence[str]) -> FloatArray:
    """Which label each of N answers is, shape (N, A); all 0 where it is none of them."""
    won_N = np.array(answers, dtype=object)
    return np.asarray(won_N[:, None] == np.array(labels, dtype=object), float)


def _regression(
    scores_NF: FloatArray, right_N: BoolArray, strength: float = STRENGTH
) -> tuple[FloatArray, float]:
    fitted = LogisticRegression(C=strength, max_iter=1000).fit(scores_NF, right_N)
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
