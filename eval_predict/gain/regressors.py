"""Columns of the regression of a round's scores: earlier rounds, history and item features."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from eval_predict.data.observed import Observed
from eval_predict.gain.inputs import ForecastInputs
from eval_predict.gain.item_model import Regressors, item_model
from eval_predict.irt.factor_model import Floats
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.stats.logistic import logistic


class _Prior(NamedTuple):
    mean: float
    sd: float


_LEVEL = _Prior(0.0, 4.0)  # wide: a round may leap, and a narrow prior would pull it back
_LATEST = _Prior(3.0, 1.5)  # log odds ratio of correct now given correct before
_BEFORE = _Prior(0.5, 1.0)
_HISTORY = _Prior(0.5, 0.5)  # per unit of the history's logit
_FEATURES = _Prior(0.0, 0.5)  # of all features together
_DRIFT = 0.3  # share of the prior's width by which a coefficient may change from round to round
_CERTAIN = (0.02, 0.98)


class RegressorBuilder:
    """Columns for a round, and priors of their coefficients learnt from earlier rounds.

    The columns are the latest round that was run on all items, the mean of the full rounds before
    it, the logit of the history's factor model, the features, and each feature times the latest
    round, because uncertain items are more likely to change. The offset gives expected scores the
    latest full round's mean.

    Args:
        inputs: what was measured before the new round.
        model: of the history, or None.
    """

    def __init__(self, inputs: ForecastInputs, model: HistoryModel | None) -> None:
        self.inputs, self.model = inputs, model
        self._feature_NF = standard_features(inputs)
        features = self._feature_NF.shape[1]
        priors = [_LEVEL, _LATEST, _BEFORE, _HISTORY]
        priors += [_Prior(0.0, _FEATURES.sd / max(features, 1) ** 0.5)] * (2 * features)
        self._mean_d = np.array([prior.mean for prior in priors])
        self._sd_d = np.array([prior.sd for prior in priors])
        if model is not None:
            self._mean_d[1] /= 2  # what rounds share beyond what all models share
        self._fit_priors()

    def regressors(self, observed: Observed | None, before: int | None = None) -> Regressors:
        """The regression of a round's scores.

        Args:
            observed: its items run so far; the history's column is fitted to them.
            before: the round's number; the new round's if None.
        """
        full = self._full(len(self.inputs.earlier) if before is None else before)
        latest_N = full[-1] - full[-1].mean() if full else np.zeros(self.inputs.num_items)
        before_N = np.mean(full[:-1], axis=0) if len(full) > 1 else np.zeros_like(latest_N)
        columns = [np.ones_like(latest_N), latest_N, before_N - before_N.mean()]
        columns.append(self._history_logit(observed))
        value_Nd = np.column_stack(
            [*columns, self._feature_NF, self._feature_NF * latest_N[:, None]]
        )
        logit_N = value_Nd @ self._mean_d
        offset = _level(logit_N, float(full[-1].mean()) if full else 0.5)
        return Regressors(value_Nd, np.full_like(latest_N, offset), self._mean_d, self._sd_d)

    def _full(self, before: int) -> list[Floats]:
        N = self.inputs.num_items
        rounds = [earlier.observed for earlier in self.inputs.earlier[:before]]
        full = [observed for observed in rounds if observed.shape[1] == N]
        return [observed.scores_Tn[0][np.argsort(observed.items_Tn[0])] for observed in full]

    def _history_logit(self, observed: Observed | None) -> Floats:
        if self.model is None:
            return np.zeros(self.inputs.num_items)
        items_Tn = observed.items_Tn if observed else np.empty((1, 0), np.intp)
        scores_Tn = observed.scores_Tn if observed else np.empty((1, 0))
        factors = self.model.narrow_
        expected_N = factors.probability_at_mean(factors.posterior(items_Tn, scores_Tn))[0]
        expected_N = np.clip(expected_N, *_CERTAIN)
        logit_N = np.log(expected_N / (1 - expected_N))
        return np.asarray(logit_N - logit_N.mean(), np.float64)

    def _fit_priors(self) -> None:
        """Fit the earlier rounds together; the result is the prior of the new round."""
        rounds = [
            (number, earlier.observed)
            for number, earlier in enumerate(self.inputs.earlier)
            if self._full(number)
        ]
        if not rounds:
            return
        regressors = [self.regressors(observed, number) for number, observed in rounds]
        pooled = _concatenated(regressors, [observed for _, observed in rounds])
        items_n = np.arange(pooled.offset_N.size)
        scores_n = np.concatenate([observed.scores_Tn[0] for _, observed in rounds])
        fitted = item_model(pooled, items_n, scores_n)
        drift_d = _DRIFT * self._sd_d
        sd_d = np.sqrt(fitted.sd_d**2 + drift_d**2)
        self._mean_d, self._sd_d = fitted.coefficient_d.copy(), np.minimum(sd_d, self._sd_d)
        # Rounds do not share their level.
        self._mean_d[0], self._sd_d[0] = _LEVEL


def _concatenated(regressors: Sequence[Regressors], observed: Sequence[Observed]) -> Regressors:
    rows = [part.items_Tn[0] for part in observed]
    return Regressors(
        np.vstack([part.value_Nd[row] for part, row in zip(regressors, rows, strict=True)]),
        np.concatenate([part.offset_N[row] for part, row in zip(regressors, rows, strict=True)]),
        regressors[0].mean_d,
        regressors[0].sd_d,
    )


def standard_features(inputs: ForecastInputs) -> Floats:
    """The features (N, F), each of mean 0 and standard deviation 1, constant ones left out."""
    if inputs.features is None:
        return np.empty((inputs.num_items, 0))
    value_NF = inputs.features.values_NF
    spread_F = value_NF.std(axis=0)
    kept_F = spread_F > 0
    scaled_NF = (value_NF[:, kept_F] - value_NF[:, kept_F].mean(axis=0)) / spread_F[kept_F]
    return np.asarray(scaled_NF, np.float64)


def _level(logit_N: Floats, mean: float) -> float:
    """The constant to add to the logits so that expected scores have this mean."""
    inside = min(max(mean, 0.01), 0.99)
    low, high = -30.0, 30.0
    for _ in range(40):
        level = (low + high) / 2
        low, high = (level, high) if logistic(logit_N + level).mean() < inside else (low, level)
    return (low + high) / 2
