"""Which items of a benchmark tell most of a new model, and with what probability to draw them."""

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed
from eval_predict.irt.factor_model import Floats, Posterior
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.predict.stacking import stacked_prediction
from eval_predict.stats.unequal_probability import inclusion_probability, serpentine_order

_FLOOR = 0.3  # of the mean size: insurance against items that the model is wrongly sure of
_ABILITIES = (-1.0, 0.0, 1.0, 2.0)  # of the history's standard deviation, around its mean
_CHANCES = (0.02, 0.98)  # a ridge may predict more or less than a score can be
_CERTAIN_SHARE = 0.1


def pilot_probability(model: HistoryModel, count: int) -> Floats:
    """Inclusion probabilities (1, N) before anything is known of the target.

    In proportion to the expected standard deviation of a score, averaged over a range of
    abilities that reaches beyond the history's, plus a floor.
    """
    if not model.differs_:
        return np.full((1, model.num_items), count / model.num_items)
    chance_AN = model.narrow_.chance(_abilities(model))
    size_N = np.sqrt(chance_AN * (1 - chance_AN)).mean(axis=0)
    return inclusion_probability(_with_floor(size_N[None]), count)


def coreset_probability(model: HistoryModel, count: int) -> Floats:
    """Inclusion probabilities (1, N) of one sample for all targets: as the pilot's, a few sure.

    A tenth of the items is certain, those that say most of the mean over the same range of
    abilities, unless the history's models differ by no more than noise.
    """
    if not model.differs_:
        return pilot_probability(model, count)
    certain = round(_CERTAIN_SHARE * count)
    abilities = _abilities(model)
    chance_AN = model.narrow_.chance(abilities)
    seen_AN = np.zeros(chance_AN.shape, dtype=bool)
    weight_AN = chance_AN * (1 - chance_AN)
    size_TN = _with_floor(np.sqrt(weight_AN).mean(axis=0)[None])
    items_c = _greedy(model.narrow_.loading_Nk_, weight_AN, abilities, seen_AN, certain, True)[0]
    size_TN[:, items_c] = 0.0
    probability_TN = inclusion_probability(size_TN, count - certain)
    probability_TN[:, items_c] = 1.0
    return probability_TN


def pilot_order(model: HistoryModel, count: int) -> NDArray[np.intp]:
    """An order (N,) in which neighbours are alike: by difficulty, then by the first direction."""
    return serpentine_order(model.mean_N_, model.direction_N_, round(np.sqrt(count)))


def target_size(model: HistoryModel, observed: Observed) -> Floats:
    """The expected standard deviation (T, N) of each score given those observed, plus a floor."""
    if not model.differs_:
        return np.ones((observed.shape[0], model.num_items))
    even_Tn = np.ones(observed.shape)
    chance_TN = np.clip(stacked_prediction(model, observed, even_Tn).prediction_TN, *_CHANCES)
    return _with_floor(np.sqrt(chance_TN * (1 - chance_TN)))


def unseen_probability(size_TN: Floats, items_Tn: NDArray[np.intp], count: int) -> Floats:
    """Probabilities (T, N) of the next draw of `count`, 0 for the items already observed."""
    open_TN = size_TN.copy()
    np.put_along_axis(open_TN, items_Tn, 0.0, axis=1)
    return inclusion_probability(open_TN, count)


def most_informative(
    model: HistoryModel, observed: Observed, count: int, within_T: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """The unseen items (T, count) that most reduce the variance of the mean of all scores.

    Greedy: each item is judged with those chosen before it taken as answered. For targets within
    the history the free factor model judges, for others the narrow one.

    Source: the expected reduction of the posterior variance of a sum under Laplace's
    approximation; compare arXiv:2601.20251, section 3 (active learning part of its policy).
    """
    seen_TN = np.zeros((observed.shape[0], model.num_items), dtype=bool)
    np.put_along_axis(seen_TN, observed.items_Tn, True, axis=1)
    items_Tc = np.zeros((observed.shape[0], count), dtype=np.intp)
    for rows_T, factors, within in (
        (within_T, model.free_, True),
        (~within_T, model.narrow_, False),
    ):
        if rows_T.any():
            posterior = factors.posterior(
                observed.items_Tn[rows_T], observed.scores_Tn[rows_T], within
            )
            chance_tN = factors.chance(posterior)
            items_Tc[rows_T] = _greedy(
                factors.loading_Nk_, chance_tN * (1 - chance_tN), posterior, seen_TN[rows_T], count
            )
    return items_Tc


def _with_floor(size_TN: Floats) -> Floats:
    size_TN = size_TN + _FLOOR * size_TN.mean(axis=1, keepdims=True)
    # Where a model is sure of all items, they are drawn evenly.
    return np.maximum(size_TN, 1e-9)


def _abilities(model: HistoryModel) -> Posterior:
    """Targets of several abilities, as little known as one of the history's models would be."""
    ability_M = model.narrow_.factor_Mk_[:, 0]
    mean_Ak = np.zeros((len(_ABILITIES), model.narrow_.factors))
    mean_Ak[:, 0] = ability_M.mean() + np.array(_ABILITIES) * ability_M.std()
    prior_kk = np.linalg.inv(model.narrow_.precision_within_kk_)
    return Posterior(mean_Ak, np.repeat(prior_kk[None], len(_ABILITIES), axis=0))


def _greedy(
    loading_Nk: Floats,
    weight_TN: Floats,
    posterior: Posterior,
    seen_TN: NDArray[np.bool_],
    count: int,
    together: bool = False,
) -> NDArray[np.intp]:
    """The best `count` items of each target, or (together) the same for all by relative gain."""
    covariance_Tkk, seen_TN = posterior.covariance_Tkk.copy(), seen_TN.copy()
    rows = np.arange(len(seen_TN))
    items_Tc = np.empty((len(seen_TN), count), dtype=np.intp)
    for position in range(count):
        open_TN = np.where(seen_TN, 0.0, weight_TN)
        total_Tk = open_TN @ loading_Nk
        toward_Tk = (covariance_Tkk @ total_Tk[..., None])[..., 0]
        shared_TN = toward_Tk @ loading_Nk.T
        own_TN = np.einsum("nk,tkl,nl->tn", loading_Nk, covariance_Tkk, loading_Nk, optimize=True)
        gain_TN = weight_TN * shared_TN**2 / (1 + weight_TN * own_TN) + weight_TN
        if together:
            before_T = (total_Tk * toward_Tk).sum(axis=1) + open_TN.sum(axis=1)
            gain_TN = np.broadcast_to((gain_TN / before_T[:, None]).mean(axis=0), gain_TN.shape)
        best_T = np.where(seen_TN, -1.0, gain_TN).argmax(axis=1)
        items_Tc[:, position] = best_T
        seen_TN[rows, best_T] = True
        weight_T = weight_TN[rows, best_T]
        along_Tk = (covariance_Tkk @ loading_Nk[best_T][..., None])[..., 0]
        shrink_T = weight_T / (1 + weight_T * own_TN[rows, best_T])
        covariance_Tkk -= shrink_T[:, None, None] * along_Tk[:, :, None] * along_Tk[:, None, :]
    return items_Tc
