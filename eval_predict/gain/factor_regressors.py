"""Columns of the regression of a round's scores where other models' scores are given."""

from typing import NamedTuple

import numpy as np

from eval_predict.data.observed import Observed
from eval_predict.gain.inputs import ForecastInputs, scores_by_item
from eval_predict.gain.item_model import Regressors, item_model
from eval_predict.gain.regressors import standard_features
from eval_predict.irt.factor_model import FactorModel, Floats
from eval_predict.stats.logistic import logistic

_LEVEL_SD = 0.5  # logits
_ABILITY_SD = 2.5  # of a round's first factor around the latest full round's: a round may leap
_OTHER_SD = 0.7  # of its other factors
_LATEST = (3.0, 1.5)  # mean and sd: logits per unit of the latest round's residual
_EARLIER = (0.5, 1.0)  # of the residual of the full rounds before it
_FEATURES_SD = 0.5  # of all features together
_DRIFT = 0.3  # share of a prior's width by which a coefficient may change between rounds


class _Residuals(NamedTuple):
    """Logits (N,) of the latest full round's factors, and residuals (N,) of the full rounds."""

    logit_N: Floats
    latest_N: Floats
    earlier_N: Floats


class FactorRegressors:
    """A round as a step of the factor model from the latest full round.

    The offset is the logit that the latest full round's factors give. Columns are the level, the
    items' loadings (a step of the factors), the residuals of the latest full round and of those
    before it (what these models share beyond the factors), the features, and each feature times
    the latest residual. The priors of all columns but level and loadings come from the earlier
    rounds, fitted together with a level and a step of their own.

    Args:
        inputs: what was measured before the new round.
        factors: a factor model of the history.
    """

    def __init__(self, inputs: ForecastInputs, factors: FactorModel) -> None:
        self.inputs, self.factors = inputs, factors
        self._feature_NF = standard_features(inputs)
        self._full = [
            scores_by_item(part.observed, inputs.num_items) if inputs.is_full(part) else None
            for part in inputs.earlier
        ]
        self._logits = [self._fitted_logit(score_N) for score_N in self._full]
        steps = factors.loading_Nk_.shape[1] - 1
        features = 2 * self._feature_NF.shape[1]
        shared_mean_d = np.array([_LATEST[0], _EARLIER[0], *[0.0] * features])
        width = _FEATURES_SD / max(features / 2, 1) ** 0.5
        shared_sd_d = np.array([_LATEST[1], _EARLIER[1], *[width] * features])
        self._step_sd_k = np.array([_LEVEL_SD, _ABILITY_SD, *[_OTHER_SD] * steps])
        self._shared = self._learned(shared_mean_d, shared_sd_d)

    def regressors(self, observed: Observed | None, before: int | None = None) -> Regressors:
        """The regression of a round's scores.

        Args:
            observed: not used; the columns do not depend on the new round's scores.
            before: the round's number; the new round's if None.
        """
        mean_d, sd_d = self._shared
        logit_N, value_Nd = self._columns(len(self._full) if before is None else before)
        return Regressors(
            value_Nd,
            logit_N,
            np.concatenate([np.zeros_like(self._step_sd_k), mean_d]),
            np.concatenate([self._step_sd_k, sd_d]),
        )

    def _columns(self, before: int) -> tuple[Floats, Floats]:
        residuals = self._residuals(before)
        latest_N1 = residuals.latest_N[:, None]
        value_Nd = np.column_stack(
            [
                np.ones(self.inputs.num_items),
                self.factors.loading_Nk_,
                latest_N1,
                residuals.earlier_N,
                self._feature_NF,
                self._feature_NF * latest_N1,
            ]
        )
        return residuals.logit_N, np.asarray(value_Nd, np.float64)

    def _residuals(self, before: int) -> _Residuals:
        residual_N = np.zeros(self.inputs.num_items)
        found = [
            (logit_N, score_N - logistic(logit_N))
            for logit_N, score_N in zip(self._logits[:before], self._full[:before], strict=True)
            if score_N is not None and logit_N is not None
        ]
        if not found:
            return _Residuals(np.asarray(self.factors.bias_N_, float), residual_N, residual_N)
        earlier = [residual_N for _, residual_N in found[:-1]]
        earlier_N = np.mean(earlier, axis=0) if earlier else residual_N
        return _Residuals(*found[-1], np.asarray(earlier_N))

    def _fitted_logit(self, score_N: Floats | None) -> Floats | None:
        if score_N is None:
            return None
        posterior = self.factors.posterior(np.arange(score_N.size)[None], score_N[None])
        logit_N = self.factors.bias_N_ + self.factors.loading_Nk_ @ posterior.mean_Tk[0]
        return np.asarray(logit_N, np.float64)

    def _learned(self, mean_d: Floats, sd_d: Floats) -> tuple[Floats, Floats]:
        """Priors of the shared coefficients, from all earlier rounds after a full one."""
        rounds = [
            (number, part.observed)
            for number, part in enumerate(self.inputs.earlier)
            if any(score_N is not None for score_N in self._full[:number])
        ]
        if not rounds:
            return mean_d, sd_d
        steps = self._step_sd_k.size
        values, offsets = [], []
        for position, (number, observed) in enumerate(rounds):
            logit_N, value_Nd = self._columns(number)
            items_n = observed.items_Tn[0]
            # A level and a step of the round's own, then the columns that all rounds share.
            step_nd = np.zeros((items_n.size, len(rounds) * steps))
            step_nd[:, position * steps : (position + 1) * steps] = value_Nd[items_n, :steps]
            values.append(np.hstack([step_nd, value_Nd[items_n, steps:]]))
            offsets.append(logit_N[items_n])
        pooled = Regressors(
            np.vstack(values),
            np.concatenate(offsets),
            np.concatenate([np.zeros(len(rounds) * steps), mean_d]),
            np.concatenate([np.tile(self._step_sd_k, len(rounds)), sd_d]),
        )
        scores_n = np.concatenate([observed.scores_Tn[0] for _, observed in rounds])
        fitted = item_model(pooled, np.arange(scores_n.size), scores_n)
        widened_d = np.sqrt(fitted.sd_d[-sd_d.size :] ** 2 + (_DRIFT * sd_d) ** 2)
        return fitted.coefficient_d[-sd_d.size :], np.minimum(widened_d, sd_d)
