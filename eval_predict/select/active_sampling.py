"""How large each item is for the default designs, and how probable that makes it to be drawn."""

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed
from eval_predict.irt.constants import ABILITIES, Sizes, Staging
from eval_predict.irt.explanations import mixed_chances
from eval_predict.irt.factor_model import Floats, Posterior
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.stats.unequal_probability import inclusion_probability, serpentine_order


def first_probability(model: HistoryModel, count: int, sizes: Sizes) -> Floats:
    """Inclusion probabilities (1, N) before anything is known of the target.

    The expected standard deviation of a score is averaged over a range of abilities that reaches
    beyond the history's. Where the history's models do not differ, the draw is even.
    """
    if not model.differs_:
        return np.full((1, model.num_items), count / model.num_items)
    probability_AN = model.narrow_.probability_at_mean(abilities(model))
    spread_N = ((probability_AN * (1 - probability_AN)) ** sizes.power).mean(axis=0)
    return inclusion_probability(_mixed(spread_N[None], sizes.informed), count)


def later_size(model: HistoryModel, observed: Observed, staging: Staging) -> Floats:
    """The size (T, N) of each item given what was observed; all are the same if models are."""
    if not model.differs_:
        return np.ones((observed.shape[0], model.num_items))
    return _size_of(mixed_chances(model, observed, staging), staging)


def later_draw(
    model: HistoryModel, observed: Observed, count: int, staging: Staging
) -> tuple[Floats, NDArray[np.intp]]:
    """Probabilities (T, N) of a later stage, and the orders (T, N) in which to draw."""
    if not model.differs_:
        size_TN = np.ones((observed.shape[0], model.num_items))
        order_N = first_order(model, count)
        return unseen_probability(size_TN, observed.items_Tn, count), order_N
    mixed_TN = mixed_chances(model, observed, staging)
    probability_TN = unseen_probability(_size_of(mixed_TN, staging), observed.items_Tn, count)
    bands = round(np.sqrt(count))
    orders = [
        serpentine_order(probability_N, model.direction_N_, bands) for probability_N in mixed_TN
    ]
    return probability_TN, np.stack(orders)


def first_order(model: HistoryModel, count: int) -> NDArray[np.intp]:
    """An order (N,) in which neighbours are alike: by difficulty, then by the first direction."""
    return serpentine_order(model.mean_N_, model.direction_N_, round(np.sqrt(count)))


def unseen_probability(size_TN: Floats, items_Tn: NDArray[np.intp], count: int) -> Floats:
    """Probabilities (T, N) of the next draw of `count`, 0 for the items already observed."""
    open_TN = size_TN.copy()
    np.put_along_axis(open_TN, items_Tn, 0.0, axis=1)
    return inclusion_probability(open_TN, count)


def abilities(model: HistoryModel) -> Posterior:
    """Targets of several abilities, as little known as one of the history's models would be."""
    ability_M = model.narrow_.factor_Mk_[:, 0]
    mean_Ak = np.zeros((len(ABILITIES), model.narrow_.factors))
    mean_Ak[:, 0] = ability_M.mean() + np.array(ABILITIES) * ability_M.std()
    prior_kk = np.linalg.inv(model.narrow_.precision_within_kk_)
    return Posterior(mean_Ak, np.repeat(prior_kk[None], len(ABILITIES), axis=0))


def _size_of(probability_TN: Floats, staging: Staging) -> Floats:
    sizes = staging.later
    return _mixed((probability_TN * (1 - probability_TN)) ** sizes.power, sizes.informed)


def _mixed(spread_TN: Floats, informed: float) -> Floats:
    """Even sizes and informed ones together, mean 1; even where a model is sure of all items."""
    mean_T1 = spread_TN.mean(axis=1, keepdims=True)
    return np.asarray((1 - informed) + informed * spread_TN / np.maximum(mean_T1, 1e-12))
