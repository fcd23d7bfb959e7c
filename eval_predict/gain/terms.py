"""What says beforehand which items a new round will get right: earlier rounds and features."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from eval_predict.data.observed import Observed
from eval_predict.gain.item_model import Terms, item_model, sigmoid
from eval_predict.gain.known import Known
from eval_predict.irt.factor_model import Floats
from eval_predict.irt.item_bank import HistoryModel


class _Prior(NamedTuple):
    mean: float
    sd: float


_LEVEL = _Prior(0.0, 1.0)
_LATEST = _Prior(3.0, 1.5)  # log odds ratio of right now given right before
_BEFORE = _Prior(0.5, 1.0)
_STRANGERS = _Prior(0.5, 0.5)  # per unit of the logit that other models' scores give
_FEATURES = _Prior(0.0, 0.5)  # of all of them together
_DRIFT = 0.3  # share of the prior's width by which a coefficient may change from round to round
_CERTAIN = (0.02, 0.98)


class TermsBuilder:
    """Columns for a round, and what earlier rounds say of their coefficients.

    Columns are the latest round that was run on all items, the mean of those before it, the logit
    that the strangers' factor model gives, the features, and each feature times the latest round:
    an uncertain item is more likely to change either way. A round's chances start from the latest
    one's mean.

    Args:
        known: what is known before the new round.
        model: of the strangers, or None.
    """

    def __init__(self, known: Known, model: HistoryModel | None) -> None:
        self.known, self.model = known, model
        self._feature_NF = _scaled(known)
        features = self._feature_NF.shape[1]
        priors = [_LEVEL, _LATEST, _BEFORE, _STRANGERS]
        priors += [_Prior(0.0, _FEATURES.sd / max(features, 1) ** 0.5)] * (2 * features)
        self._mean_d = np.array([prior.mean for prior in priors])
        self._sd_d = np.array([prior.sd for prior in priors])
        if model is not None:
            self._mean_d[1] /= 2  # what rounds share beyond what all models share
        self._learn()

    def terms(self, observed: Observed | None, before: int | None = None) -> Terms:
        """The regression of a round's scores.

        Args:
            observed: what was run of it; the strangers' column follows it.
            before: the round's number; the new round's if None.
        """
        full = self._full(len(self.known.earlier) if before is None else before)
        latest_N = full[-1] - full[-1].mean() if full else np.zeros(self.known.num_items)
        before_N = np.mean(full[:-1], axis=0) if len(full) > 1 else np.zeros_like(latest_N)
        columns = [np.ones_like(latest_N), latest_N, before_N - before_N.mean()]
        columns.append(self._strangers(observed))
        value_Nd = np.column_stack(
            [*columns, self._feature_NF, self._feature_NF * latest_N[:, None]]
        )
        logit_N = value_Nd @ self._mean_d
        offset = _level(logit_N, float(full[-1].mean()) if full else 0.5)
        return Terms(value_Nd, np.full_like(latest_N, offset), self._mean_d, self._sd_d)

    def _full(self, before: int) -> list[Floats]:
        N = self.known.num_items
        rounds = [each.observed for each in self.known.earlier[:before]]
        full = [observed for observed in rounds if observed.shape[1] == N]
        return [observed.scores_Tn[0][np.argsort(observed.items_Tn[0])] for observed in full]

    def _strangers(self, observed: Observed | None) -> Floats:
        if self.model is None:
            return np.zeros(self.known.num_items)
        items_Tn = observed.items_Tn if observed else np.empty((1, 0), np.intp)
        scores_Tn = observed.scores_Tn if observed else np.empty((1, 0))
        factors = self.model.narrow_
        chance_N = factors.chance(factors.posterior(items_Tn, scores_Tn))[0]
        chance_N = np.clip(chance_N, *_CERTAIN)
        logit_N = np.log(chance_N / (1 - chance_N))
        return np.asarray(logit_N - logit_N.mean(), np.float64)

    def _learn(self) -> None:
        """Take what earlier rounds say of the coefficients as the prior of the new round's."""
        rounds = [
            (number, each.observed)
            for number, each in enumerate(self.known.earlier)
            if self._full(number)
        ]
        if not rounds:
            return
        terms = [self.terms(observed, number) for number, observed in rounds]
        pooled = _stacked(terms, [observed for _, observed in rounds])
        items_n = np.arange(pooled.offset_N.size)
        scores_n = np.concatenate([observed.scores_Tn[0] for _, observed in rounds])
        fitted = item_model(pooled, items_n, scores_n)
        drift_d = _DRIFT * self._sd_d
        sd_d = np.sqrt(fitted.sd_d**2 + drift_d**2)
        self._mean_d, self._sd_d = fitted.coefficient_d.copy(), np.minimum(sd_d, self._sd_d)
        # The level is each round's own affair.
        self._mean_d[0], self._sd_d[0] = _LEVEL


def _stacked(terms: Sequence[Terms], observed: Sequence[Observed]) -> Terms:
    rows = [each.items_Tn[0] for each in observed]
    return Terms(
        np.vstack([each.value_Nd[row] for each, row in zip(terms, rows, strict=True)]),
        np.concatenate([each.offset_N[row] for each, row in zip(terms, rows, strict=True)]),
        terms[0].mean_d,
        terms[0].sd_d,
    )


def _scaled(known: Known) -> Floats:
    """The features (N, F), each of mean 0 and standard deviation 1, constant ones left out."""
    if known.features is None:
        return np.empty((known.num_items, 0))
    value_NF = known.features.values_NF
    spread_F = value_NF.std(axis=0)
    kept_F = spread_F > 0
    scaled_NF = (value_NF[:, kept_F] - value_NF[:, kept_F].mean(axis=0)) / spread_F[kept_F]
    return np.asarray(scaled_NF, np.float64)


def _level(logit_N: Floats, mean: float) -> float:
    """What to add to these logits for their chances to have this mean."""
    inside = min(max(mean, 0.01), 0.99)
    low, high = -30.0, 30.0
    for _ in range(40):
        level = (low + high) / 2
        low, high = (level, high) if sigmoid(logit_N + level).mean() < inside else (low, level)
    return (low + high) / 2
