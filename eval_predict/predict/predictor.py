"""The interface of every predictor: fit on a history, then predict from observed items."""

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.errors import UserError
from eval_predict.stats.estimate import Estimate, mean_score
from eval_predict.stats.intervals import UNIT, Limits

MIN_MODELS = 2


class Prediction(NamedTuple):
    """The mean scores of T targets; infinite bounds where a method has no interval of its own.

    `warnings` apply to all targets; `target_warnings` has those of each target, or is empty.
    """

    value_T: NDArray[np.float64]
    low_T: NDArray[np.float64]
    high_T: NDArray[np.float64]
    warnings: tuple[str, ...] = ()
    target_warnings: tuple[tuple[str, ...], ...] = ()


def without_interval(value_T: NDArray[np.float64], *warnings: str) -> Prediction:
    """A prediction by a method that has no interval of its own."""
    reach = np.full_like(value_T, np.inf)
    return Prediction(value_T, -reach, reach, warnings)


class Predictor(ABC):
    """Estimates a target's mean over all N items from those observed.

    What all methods need is done here: a history of fewer than two models and a method's own
    failure fall back to the sample mean with a warning, a target observed on every item gets its
    exact mean, and values stay inside the range that scores can have.
    """

    name: ClassVar[str]
    needs_unit_scores: ClassVar[bool] = False

    def fit(self, history: ScoreMatrix) -> Self:
        """Learn from what other models scored; what is learnt ends in `_`.

        Raises:
            UserError: (a ValueError) on scores outside [0, 1] where the method needs them there.
        """
        self.num_items_ = len(history.items)
        rows = ~history.missing_MN.all(axis=1)
        self.fit_warnings_: tuple[str, ...] = ()
        if not rows.all():
            self.fit_warnings_ += (f"{(~rows).sum()} models of the history have no score: dropped",)
            history = history.take_models(rows)
        low, high = history.range if rows.any() else (0.0, 1.0)
        if self.needs_unit_scores and (low < 0 or high > 1):
            raise UserError(
                field="score",
                got=f"scores from {low:g} to {high:g}",
                expected=f"scores in [0, 1], which {self.name} needs",
                fix="Divide the scores by their maximum, or use --method random_sampling.",
            )
        self.unit_scores_ = low >= 0 and high <= 1
        self.limits_ = UNIT if self.unit_scores_ else Limits(low, high)
        self.usable_ = int(rows.sum()) >= MIN_MODELS
        if self.usable_:
            self._fit(history)
        else:
            self.fit_warnings_ += (
                f"{rows.sum()} models in the history, too few to learn from: the sample mean",
            )
        return self

    def predict(self, observed: Observed, level: float = 0.95) -> Estimate:
        """The estimate for one target.

        Raises:
            UserError: (a ValueError) where `observed` holds several targets: see `predict_many`.
        """
        if observed.shape[0] != 1:
            raise UserError(
                field="observed", got=f"{observed.shape[0]} targets", expected="1 target"
            )
        return self.predict_many(observed, level)[0]

    def predict_many(self, observed: Observed, level: float = 0.95) -> list[Estimate]:
        """The estimates for T targets at once.

        Raises:
            UserError: (a ValueError) on scores outside [0, 1] where the history's are inside.
        """
        if not hasattr(self, "num_items_"):
            raise UserError(
                got=f"{type(self).__name__} is not fitted",
                fix="Call fit(history) with the scores of other models first.",
            )
        T, n = observed.shape
        self._check_scores(observed)
        if n == self.num_items_:
            return [_exact(scores, level) for scores in observed.scores_Tn]
        if not self.usable_:
            means = [
                mean_score(scores, level, population=self.num_items_)
                for scores in observed.scores_Tn
            ]
            return [_warned(mean, self.fit_warnings_) for mean in means]
        prediction = self._predict(observed, level)
        unknown_T = np.isnan(prediction.low_T) | np.isnan(prediction.high_T)
        sane_T = np.isfinite(prediction.value_T) & ~unknown_T
        values, lows, highs = (self._clip(array) for array in prediction[:3])
        estimates = []
        for t in range(T):
            warnings = self.fit_warnings_ + prediction.warnings
            warnings += prediction.target_warnings[t] if prediction.target_warnings else ()
            if not sane_T[t]:
                mean = mean_score(observed.scores_Tn[t], level, population=self.num_items_)
                estimates.append(_warned(mean, (*warnings, f"{self.name} failed: the sample mean")))
                continue
            bounds = (float(values[t]), float(lows[t]), float(highs[t]))
            estimates.append(Estimate(*bounds, level, self.name, n, warnings))
        return estimates

    def _check_scores(self, observed: Observed) -> None:
        low, high = observed.scores_Tn.min(initial=0.0), observed.scores_Tn.max(initial=1.0)
        if self.unit_scores_ and (low < 0 or high > 1):
            raise UserError(
                field="score",
                got=f"observed scores from {low:g} to {high:g}",
                expected="scores in [0, 1], as all of the history's are",
                fix="Bring the observed scores to the scale of the history.",
            )

    def _clip(self, array_T: NDArray[np.float64]) -> NDArray[np.float64]:
        finite = np.isfinite(array_T)
        return np.where(finite, np.clip(array_T, 0, 1), array_T) if self.unit_scores_ else array_T

    @abstractmethod
    def _fit(self, history: ScoreMatrix) -> None:
        """Learn from two or more models, each with a score."""

    @abstractmethod
    def _predict(self, observed: Observed, level: float) -> Prediction:
        """Predict T targets, each observed on fewer than N items."""


def _exact(scores_N: NDArray[np.float64], level: float) -> Estimate:
    value = float(scores_N.mean())
    return Estimate(value, value, value, level, "all_items", scores_N.size)


def _warned(estimate: Estimate, warnings: tuple[str, ...]) -> Estimate:
    fields = (estimate.value, estimate.low, estimate.high, estimate.level, estimate.method)
    return Estimate(*fields, estimate.n_observed, warnings + estimate.warnings)
