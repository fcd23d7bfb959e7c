"""Constants of `auto` chosen on draws: the prior weights of a design, then the design."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from benches.auto_draws import LEVEL, Draws, Floats, interval_score
from eval_predict.irt.constants import AUTO, Shrinkage
from eval_predict.predict.auto import PARAMETERS
from eval_predict.predict.doubly_robust import DoublyRobust
from eval_predict.predict.shrinkage import Mixture, ModelMeans, shrunken
from eval_predict.stats.intervals import normal_quantile, t_quantiles

# How much each world counts for the prior weights; ordinary ones most, as most users meet them.
WORLD_WEIGHTS = {
    "interpolation": 4.0,
    "group": 2.0,
    "extrapolation": 2.0,
    "frontier": 2.0,
    "few_16": 1.0,
    "few_22": 1.0,
    "mirrored": 1.0,
    "frontier_down": 1.0,
    "damaged_10": 0.7,
    "damaged_30": 0.7,
    "specialist": 0.7,
    "memoriser": 0.6,
    "few_8": 0.6,
}
OTHER_WEIGHT = 0.5
RIDGE = 0.02 / 20
LEAST_COVERAGE = 0.93  # of a world, below which a choice is only made where none has more


class Parts(NamedTuple):
    """The parts of the mixtures of D draws, before they are weighed."""

    mean_DK: Floats
    variance_DK: Floats
    log_DK: Floats

    def mixture(self, value_P: Floats) -> Mixture:
        """Weighed by log weights of the sizes and the evidence of free loadings."""
        return Mixture(self.mean_DK, self.variance_DK, normalised(self.log_DK + _added(value_P)))

    def where(self, rows_D: Floats) -> "Parts":
        """Those of some of the draws."""
        return Parts(*(array[rows_D] for array in self))


def mixture_parts(draws: Draws, shrinkage: Shrinkage) -> Parts:
    """The parts under these constants, whatever weights they have; all alike without a model."""
    count = len(shrinkage.sizes)
    even = shrinkage._replace(size_shares=(1.0,) * count, free_evidence=0.0)
    parts = Parts(*(np.zeros((len(draws.truth_D), 2 * count)) for _ in range(3)))
    for items in np.unique(draws.items_D):
        rows_D = draws.items_D == items
        part = draws.where(rows_D)
        means = ModelMeans(
            part.mean_DF.T,
            shrinkage.overdispersion * part.variance_DF.T,
            shrinkage.overdispersion * part.apart_DF.T,
            part.evidence_DF.T,
        )
        robust = DoublyRobust(part.robust_D, part.robust_variance_D)
        mixture = shrunken(means, robust, part.effective_D, int(items), even)
        parts.mean_DK[rows_D], parts.variance_DK[rows_D] = mixture.mean_TK, mixture.variance_TK
        parts.log_DK[rows_D] = np.log(np.maximum(mixture.weight_TK, 1e-300))
    alone_D = ~draws.differs_D
    freedom_D = np.maximum(draws.drawn_D - PARAMETERS, 2)
    widened_D = (t_quantiles(LEVEL, freedom_D) / normal_quantile(LEVEL)) ** 2
    parts.mean_DK[alone_D] = draws.robust_D[alone_D, None]
    parts.variance_DK[alone_D] = (widened_D * draws.robust_variance_D)[alone_D, None]
    parts.log_DK[alone_D] = 0.0
    return parts


def fit_weights(draws: Draws, parts: Parts) -> Floats:
    """Log weights of the sizes, and the evidence of free loadings at the end.

    They make the true scores most probable under the mixtures.
    """
    from scipy.optimize import minimize

    log_density_DK, share_D = _log_density(draws, parts), _shares(draws)
    sizes = len(AUTO.staged_shrinkage.sizes)

    def loss(value_P: Floats) -> tuple[float, Floats]:
        log_DK = parts.log_DK + _added(value_P)
        joint_DK = log_DK + log_density_DK
        likelihood_D = _log_sum(joint_DK) - _log_sum(log_DK)
        slope_K = share_D @ (normalised(joint_DK) - normalised(log_DK))
        slope_FL = slope_K.reshape(2, sizes)
        slope_P = np.concatenate([slope_FL.sum(axis=0), [slope_FL[1].sum()]])
        return (
            float(RIDGE * (value_P**2).sum() - share_D @ likelihood_D),
            2 * RIDGE * value_P - slope_P,
        )

    found = minimize(loss, np.zeros(sizes + 1), jac=True, method="L-BFGS-B")
    return np.asarray(found.x, np.float64)


class Figures(NamedTuple):
    """One matrix in one world."""

    world: str
    matrix: str
    ratio: float
    bias: float
    coverage: float
    width: float
    score: float


def figures(draws: Draws, parts: Parts, value_P: Floats) -> list[Figures]:
    """What the estimates of these draws come to."""
    mixture, N_D = parts.mixture(value_P), draws.items_D
    low_D = np.floor(mixture.quantile((1 - LEVEL) / 2) * N_D) / N_D
    high_D = np.ceil(mixture.quantile((1 + LEVEL) / 2) * N_D) / N_D
    low_D, high_D, mean_D = (
        np.clip(array_D, draws.least_D, draws.most_D) for array_D in (low_D, high_D, mixture.mean_T)
    )
    error_D = mean_D - draws.truth_D
    score_D = interval_score(draws.truth_D, low_D, high_D)
    within_D = (low_D - 1e-9 <= draws.truth_D) & (draws.truth_D <= high_D + 1e-9)
    rows = []
    for world, matrix in sorted(set(zip(draws.world_D, draws.matrix_D, strict=True))):
        at_D = (draws.world_D == world) & (draws.matrix_D == matrix)
        rows.append(
            Figures(
                str(world),
                str(matrix),
                float(np.abs(error_D[at_D]).mean() / draws.random_D[at_D].mean()),
                100 * float(error_D[at_D].mean()),
                float(within_D[at_D].mean()),
                100 * float((high_D - low_D)[at_D].mean()),
                float(score_D[at_D].mean() / draws.random_score_D[at_D].mean()),
            )
        )
    return rows


class Quality(NamedTuple):
    """What a choice is made by: means over worlds, each a mean over matrices."""

    score: float
    coverage: float  # in the world where it is lowest
    ratio: float


def quality(rows: list[Figures]) -> Quality:
    """Of the figures of all matrices that a choice may look at."""
    worlds: dict[str, list[Figures]] = {}
    for row in rows:
        worlds.setdefault(row.world, []).append(row)
    means = np.array(
        [
            np.mean([(row.score, row.coverage, row.ratio) for row in group], axis=0)
            for group in worlds.values()
        ]
    )
    score, _, ratio = means.mean(axis=0)
    return Quality(float(score), float(means[:, 1].min()), float(ratio))


def best(qualities: Mapping[str, Quality]) -> str:
    """The least interval score among those that cover enough in every world."""
    enough = {name: found for name, found in qualities.items() if found.coverage >= LEAST_COVERAGE}
    if not enough:
        return max(qualities, key=lambda name: qualities[name].coverage)
    return min(enough, key=lambda name: enough[name].score)


def normalised(log_DK: Floats) -> Floats:
    """Weights of sum 1."""
    weight_DK = np.exp(log_DK - log_DK.max(axis=1, keepdims=True))
    return np.asarray(weight_DK / weight_DK.sum(axis=1, keepdims=True))


def _added(value_P: Floats) -> Floats:
    """What the parameters add to the log weights (K,)."""
    return np.concatenate([value_P[:-1], value_P[:-1] + value_P[-1]])


def _log_density(draws: Draws, parts: Parts) -> Floats:
    """Of the true mean score under each part, of Wilson's shape."""
    edge_D = 0.3 / draws.items_D
    theta_D1 = np.clip(draws.truth_D, edge_D, 1 - edge_D)[:, None]
    mean_DK = parts.mean_DK
    needed_DK = parts.variance_DK / np.maximum(mean_DK * (1 - mean_DK), 0.005 * 0.995)
    scale_D1 = theta_D1 * (1 - theta_D1)
    spread_DK = np.sqrt(scale_D1 * needed_DK)
    z_DK = (theta_D1 - mean_DK) / spread_DK
    slope_DK = (theta_D1 + mean_DK - 2 * mean_DK * theta_D1) / (2 * scale_D1 * spread_DK)
    return np.asarray(np.log(slope_DK) - z_DK**2 / 2 - np.log(2 * np.pi) / 2)


def _shares(draws: Draws) -> Floats:
    """Each draw's weight: worlds as listed, matrices alike within a world, draws alike within."""
    share_D = np.zeros(len(draws.truth_D))
    for world in np.unique(draws.world_D):
        matrices = np.unique(draws.matrix_D[draws.world_D == world])
        for matrix in matrices:
            rows_D = (draws.world_D == world) & (draws.matrix_D == matrix)
            weight = WORLD_WEIGHTS.get(str(world), OTHER_WEIGHT)
            share_D[rows_D] = weight / len(matrices) / rows_D.sum()
    return share_D / share_D.sum()


def _log_sum(log_DK: Floats) -> Floats:
    most_D = log_DK.max(axis=1)
    return np.asarray(most_D + np.log(np.exp(log_DK - most_D[:, None]).sum(axis=1)))
