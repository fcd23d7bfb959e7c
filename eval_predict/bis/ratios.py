"""How much likelier a source item is under the target: from two densities, or directly."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from eval_predict.bis.densities.density import Density
from eval_predict.errors import unknown_name

_FOLDS = 5
_STRENGTH = 0.01  # scikit-learn's C: features are many and benchmarks small
_OUTLIERS = 0.01
_LEAST = 1e-6  # a weight of zero has no logarithm


def log_ratio(
    name: str,
    source_SD: NDArray[np.float64],
    target_TD: NDArray[np.float64],
    seed: int = 0,
    samples: int = 10,
) -> NDArray[np.float64]:
    """`log p_T − log p_S` (S,) at the source items, up to a constant.

    Args:
        name: one of `RATIOS`.
        source_SD: (S, D) features of the source, scaled.
        target_TD: (T, D) the same features of the target.
        seed: of every draw.
        samples: K of the importance-weighted autoencoder; the others have no use for it.

    Raises:
        UserError: (a ValueError) on an unknown name.
    """
    check_ratio(name)
    if not source_SD.shape[1]:
        return np.zeros(len(source_SD))
    if name in _DIRECT:
        return _DIRECT[name](source_SD, target_TD, seed)
    return _from_densities(partial(_density, name, seed, samples), source_SD, target_TD, seed)


def check_ratio(name: str) -> None:
    """Refuse an unknown name.

    Raises:
        UserError: (a ValueError) with the nearest that there is.
    """
    if name not in RATIOS:
        raise unknown_name("density", name, RATIOS)


def classifier_scores(
    source_SD: NDArray[np.float64],
    target_TD: NDArray[np.float64],
    seed: int = 0,
    strength: float = _STRENGTH,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cross-fitted log odds of being a target item, for source (S,) and target items (T,).

    Each item is scored by a logistic regression that has not seen it.
    """
    from sklearn.linear_model import LogisticRegression

    points_ND = np.concatenate([source_SD, target_TD])
    is_target_N = np.arange(len(points_ND)) >= len(source_SD)
    fold_N = _folds(is_target_N, np.random.default_rng(seed), _FOLDS)
    odds_N = np.zeros(len(points_ND))
    for fold in range(fold_N.max() + 1):
        held_N = fold_N == fold
        model = LogisticRegression(C=strength, class_weight="balanced", max_iter=500)
        model.fit(points_ND[~held_N], is_target_N[~held_N])
        odds_N[held_N] = model.decision_function(points_ND[held_N])
    return odds_N[: len(source_SD)], odds_N[len(source_SD) :]


def separability(source_S: NDArray[np.float64], target_T: NDArray[np.float64]) -> float:
    """How often a target item's score is above a source item's (area under the ROC curve)."""
    from scipy.stats import rankdata

    ranks_N = rankdata(np.concatenate([source_S, target_T]))
    T = target_T.size
    above = ranks_N[source_S.size :].sum() - T * (T + 1) / 2
    return float(above / (source_S.size * T))


def _classifier(
    source_SD: NDArray[np.float64], target_TD: NDArray[np.float64], seed: int
) -> NDArray[np.float64]:
    """Source: Sugiyama, Suzuki & Kanamori 2012, Density Ratio Estimation, chapter 4."""
    return _calibrated(*classifier_scores(source_SD, target_TD, seed))


def _from_densities(
    make: Callable[[], Density],
    source_SD: NDArray[np.float64],
    target_TD: NDArray[np.float64],
    seed: int,
) -> NDArray[np.float64]:
    """The ratio of two densities at items that neither of them has been fitted to.

    A density is too high at its own points, so each half of either benchmark is judged by fits to
    the other halves. All start from one fit to the union, so that what they share cancels.
    """
    points_ND = np.concatenate([source_SD, target_TD])
    is_target_N = np.arange(len(points_ND)) >= len(source_SD)
    fold_N = _folds(is_target_N, np.random.default_rng(seed), 2)
    union = make().fit(points_ND)
    ratio_N = np.zeros(len(points_ND))
    for fold in (0, 1):
        held_N = fold_N == fold
        of_source = make().fit(points_ND[~held_N & ~is_target_N], start=union)
        of_target = make().fit(points_ND[~held_N & is_target_N], start=union)
        held_ratio = of_target.log_prob(points_ND[held_N]) - of_source.log_prob(points_ND[held_N])
        # The halves' densities may lack different constants.
        ratio_N[held_N] = held_ratio - np.median(held_ratio)
    return _calibrated(ratio_N[~is_target_N], ratio_N[is_target_N])


def _calibrated(
    source_S: NDArray[np.float64], target_T: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Held-out log ratios, scaled by the slope at which they tell target from source.

    A ratio that overfits has a slope below one, and one that is noise has none. A slope above one
    would only sharpen what is not known. Outliers are cut before, or they would set the slope.

    Source: Platt 1999, Advances in Large Margin Classifiers.
    """
    from sklearn.linear_model import LogisticRegression

    ratio_N = np.concatenate([source_S, target_T])
    low, high = np.quantile(ratio_N, (_OUTLIERS, 1 - _OUTLIERS))
    ratio_N1 = np.clip(ratio_N, low, high)[:, None]
    is_target_N = np.arange(len(ratio_N)) >= source_S.size
    scale = LogisticRegression(C=1.0, class_weight="balanced").fit(ratio_N1, is_target_N)
    slope = float(np.clip(scale.coef_[0, 0], 0, 1))
    return np.asarray(slope * source_S)


def _kernel_mean_matching(
    source_SD: NDArray[np.float64], target_TD: NDArray[np.float64], seed: int
) -> NDArray[np.float64]:
    """Weights in [0, 20] whose weighted mean in a Gaussian kernel's space is the target's.

    The kernel's width is the median distance. Solved by accelerated projected gradient.

    Source: Huang et al. 2007, NeurIPS 19 (kernel mean matching); Beck & Teboulle 2009 (FISTA).
    """
    from scipy.spatial.distance import cdist

    S = len(source_SD)
    distance_SS = cdist(source_SD, source_SD, "sqeuclidean")
    width = np.median(distance_SS) or 1.0
    kernel_SS = np.exp(-distance_SS / width)
    pull_S = S * np.exp(-cdist(source_SD, target_TD, "sqeuclidean") / width).mean(axis=1)
    # The largest row sum bounds the largest eigenvalue.
    step = 1 / (kernel_SS.sum(axis=1).max() + 1)
    weight_S, ahead_S, pace = np.ones(S), np.ones(S), 1.0
    for _ in range(300):
        # The one added to the diagonal keeps single items from taking all the weight.
        moved_S = ahead_S - step * (kernel_SS @ ahead_S + (ahead_S - 1) - pull_S)
        moved_S = np.clip(moved_S, 0, 20)
        next_pace = (1 + np.sqrt(1 + 4 * pace**2)) / 2
        ahead_S = moved_S + (pace - 1) / next_pace * (moved_S - weight_S)
        weight_S, pace = moved_S, next_pace
    return np.asarray(np.log(np.maximum(weight_S, _LEAST)))


def _folds(group_N: NDArray[np.bool_], rng: np.random.Generator, most: int) -> NDArray[np.intp]:
    """A fold for each item, the two groups spread evenly; never more folds than items of one."""
    count = max(2, min(most, int(group_N.sum()), int((~group_N).sum())))
    fold_N = np.zeros(len(group_N), np.intp)
    for group in (group_N, ~group_N):
        fold_N[group] = rng.permutation(int(group.sum())) % count
    return fold_N


def _density(name: str, seed: int, samples: int) -> Density:
    if name == "gmm":
        from eval_predict.bis.densities.gmm import GaussianMixture

        return GaussianMixture(seed)
    if name == "rbm":
        from eval_predict.bis.densities.rbm import BoltzmannMachine

        return BoltzmannMachine(seed)
    if name == "flow":
        from eval_predict.bis.densities.flow import CouplingFlow

        return CouplingFlow(seed)
    from eval_predict.bis.densities.autoencoder import ImportanceWeightedAutoencoder

    return ImportanceWeightedAutoencoder(samples if name == "iwae" else 1, seed)


_DIRECT: dict[
    str,
    Callable[[NDArray[np.float64], NDArray[np.float64], int], NDArray[np.float64]],
] = {"classifier": _classifier, "kmm": _kernel_mean_matching}
RATIOS = ("iwae", "vae", "gmm", "rbm", "flow", *_DIRECT)
