"""The default: unbiased by design, helped by models, led by them as far as they can be trusted."""

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.irt.factor_model import FactorModel, Floats, Posterior
from eval_predict.irt.item_bank import MIN_MODELS, HistoryModel, history_model
from eval_predict.predict.doubly_robust import DoublyRobust, doubly_robust
from eval_predict.predict.predictor import Prediction, Predictor
from eval_predict.predict.sample_mean import SampleMean
from eval_predict.select.active import TRUSTED_RATIO
from eval_predict.stats.intervals import wilson_bounds
from eval_predict.stats.ridge import ridge_by_loo
from eval_predict.stats.survey_weights import drawn_weights

_CHUNK = 30_000_000  # floats of the history gathered for the targets of one go
_SHARES = (0.4, 0.4, 0.2)  # of narrow factors, free factors, ridge over models
_LEARN_ALPHAS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
_PARAMETERS = 6  # that the predictions have in effect learnt from the target's own scores
_OWN_ERROR = 0.003  # τ inside the history's range
_GROWTH = 0.3  # of τ with the distance beyond it, far out
_SHARPNESS = 6  # with which trust ends around TRUSTED_RATIO
_SIZES = np.array([0.5, 1.0, 2.0, 4.0])  # of τ, equally likely before the estimates are compared
_OVERDISPERSION = 1.1  # of the model-based mean's error over its own variance
_CORRELATION = 0.3  # of the two estimates, which share the target's scores


class Auto(Predictor):
    """A doubly robust estimate, drawn towards a model-based one as far as that can be trusted.

    The weight of the model-based mean is `v / (v + τ²)`: v is the variance of the doubly robust
    estimate, τ the error that the model may make in itself. τ is small inside the history's range
    and grows beyond it (`HistoryModel.beyond`); several sizes of it are weighed by how well they
    explain the distance between the two estimates.

    Args:
        shrink: whether to use the model-based mean at all; if not, the estimate is the doubly
            robust one.

    Source: prediction within a survey-sampling frame as in arXiv:2601.20251; the shrinkage is
    that of Green & Strawderman 1991, J. Am. Stat. Assoc. 86:1001-1006, with τ averaged out.
    """

    name = "auto"

    def __init__(self, shrink: bool = True) -> None:
        self.shrink = shrink

    def _fit(self, history: ScoreMatrix) -> None:
        self.model_ = history_model(history)
        self.sample_mean_ = SampleMean().fit(history)

    def _predict(self, observed: Observed, level: float) -> Prediction:
        if self.model_ is None:
            few = f"fewer than {MIN_MODELS} models in the history: the sample mean"
            return self.sample_mean_._predict(observed, level)._replace(warnings=(few,))
        scaled = observed.with_scores(self.model_.scaled(observed.scores_Tn))
        cost = observed.shape[1] * len(self.model_.mean_M_) + self.model_.num_items
        step = max(1, _CHUNK // cost)
        parts = [
            self._estimate(self.model_, scaled.rows(slice(start, start + step)), level)
            for start in range(0, observed.shape[0], step)
        ]
        value_T, low_T, high_T = (
            self.model_.unscaled(np.concatenate(arrays)) for arrays in zip(*parts, strict=True)
        )
        return Prediction(
            value_T, low_T, high_T, own_warnings=_warnings(self.model_, observed, value_T)
        )

    def _estimate(
        self, model: HistoryModel, observed: Observed, level: float
    ) -> tuple[Floats, Floats, Floats]:
        from scipy.special import stdtrit

        robust = doubly_robust(model, observed, drawn_weights(observed, self.num_items_))
        if self.shrink and model.differs_:
            mean_T, variance_T = _shrunk(model, observed, robust)
        else:
            mean_T, variance_T = robust
        freedom = max(observed.shape[1] - _PARAMETERS, 2)
        low_T, high_T = wilson_bounds(mean_T, variance_T, -stdtrit(freedom, (1 - level) / 2))
        return mean_T, low_T, high_T


def _shrunk(model: HistoryModel, observed: Observed, robust: DoublyRobust) -> tuple[Floats, Floats]:
    """The shrunken mean and its mean squared error."""
    based_T, own_T = _model_based(model, observed, robust)
    beyond = model.beyond(robust.mean_T)
    trust_T = 1 / (1 + (beyond.ratio_T / TRUSTED_RATIO) ** _SHARPNESS)
    tau_T = _OWN_ERROR + _GROWTH * beyond.gap_T * (1 - trust_T)
    tau_Ts = tau_T[:, None] * _SIZES
    v_T, m_T = robust.variance_T[:, None], own_T[:, None]
    shared_T = _CORRELATION * np.sqrt(v_T * m_T)
    apart_Ts = v_T + m_T - 2 * shared_T + tau_Ts**2
    distance_T = (robust.mean_T - based_T)[:, None]
    likelihood_Ts = np.exp(-0.5 * distance_T**2 / apart_Ts) / np.sqrt(apart_Ts)
    chance_Ts = likelihood_Ts + np.finfo(np.float64).tiny
    chance_Ts /= chance_Ts.sum(axis=1, keepdims=True)
    share_T = (chance_Ts * v_T / (v_T + tau_Ts**2)).sum(axis=1)
    kept_T = 1 - share_T
    error_T = (chance_Ts * (own_T[:, None] + tau_Ts**2)).sum(axis=1)
    squared_T = kept_T**2 * robust.variance_T + share_T**2 * error_T
    squared_T += 2 * share_T * kept_T * shared_T[:, 0]
    return robust.mean_T + share_T * (based_T - robust.mean_T), squared_T


def _model_based(
    model: HistoryModel, observed: Observed, robust: DoublyRobust
) -> tuple[Floats, Floats]:
    """The mean score with unseen items filled in by models, and its variance under them.

    Inside the history's range narrow factors, free factors and a ridge over models share; above
    it the narrow factors stand alone.
    """
    from scipy.special import ndtr

    posterior = model.narrow_.posterior(observed.items_Tn, observed.scores_Tn)
    narrow_T = _filled_mean(model.narrow_, posterior, observed)
    within = model.free_.posterior(observed.items_Tn, observed.scores_Tn, within=True)
    free_T = _filled_mean(model.free_, within, observed)
    own_TMn = model.scores_MN_.T[observed.items_Tn].transpose(0, 2, 1)
    ridge = ridge_by_loo(own_TMn, model.mean_M_, _LEARN_ALPHAS)
    learnt_T = (ridge.weight_Bn * observed.scores_Tn).sum(axis=1) + ridge.intercept_B
    inside_T = ndtr((model.top_ - robust.mean_T) / np.sqrt(robust.variance_T + 0.005**2))
    together_T = np.array(_SHARES) @ np.stack([narrow_T, free_T, learnt_T])
    mean_T = inside_T * together_T + (1 - inside_T) * narrow_T
    return mean_T, _OVERDISPERSION * _filled_variance(model.narrow_, posterior, observed)


def _filled_mean(factors: FactorModel, posterior: Posterior, observed: Observed) -> Floats:
    # At the posterior's mean: averaged over a wide posterior, chances drift towards a half.
    filled_TN = factors.chance(posterior)
    np.put_along_axis(filled_TN, observed.items_Tn, observed.scores_Tn, axis=1)
    return np.asarray(filled_TN.mean(axis=1))


def _filled_variance(factors: FactorModel, posterior: Posterior, observed: Observed) -> Floats:
    """Of the mean over all items: the unseen scores' own, and that of the factors they share."""
    chance_TN = factors.chance(posterior)
    weight_TN = chance_TN * (1 - chance_TN)
    np.put_along_axis(weight_TN, observed.items_Tn, 0.0, axis=1)
    slope_Tk = weight_TN @ factors.loading_Nk_
    factors_T = np.einsum("tk,tkl,tl->t", slope_Tk, posterior.covariance_Tkk, slope_Tk)
    return np.asarray((weight_TN.sum(axis=1) + factors_T) / weight_TN.shape[1] ** 2)


def _warnings(
    model: HistoryModel, observed: Observed, value_T: Floats
) -> tuple[tuple[str, ...], ...]:
    undrawn_T = np.asarray(~(observed.probability_Tn > 0).any(axis=1))
    far_T = np.asarray(model.beyond(model.scaled(value_T)).ratio_T >= TRUSTED_RATIO)
    told = (
        (undrawn_T, "no item was drawn at random: nothing guards against a wrong model"),
        (far_T, "far outside the history's range: its models were hardly used"),
    )
    return tuple(
        tuple(text for where_T, text in told if where_T[target]) for target in range(len(value_T))
    )
