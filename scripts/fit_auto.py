"""Fit the default method's prior weights, and measure it with weights that left each matrix out.

    python scripts/fit_auto.py collect scores/*.parquet --out draws.npz
    python scripts/fit_auto.py fit draws.npz

`collect` draws items for held-out models in every world of the bench and keeps, for each target,
the parts of the estimate's mixture before they are weighed. `fit` finds the weights that make the
true scores most probable, on all matrices and on all but each one, and prints both and a table of
figures in which no matrix was measured with weights fitted on it. Copy what it prints for all
matrices to `eval_predict/irt/constants.py`.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.bench.cases import MAX_TARGETS
from eval_predict.bench.measures import random_sampling_error
from eval_predict.bench.runner import observe
from eval_predict.bench.worlds import SIMULATED, WORLDS, World, simulated
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.data.score_files import read_matrix
from eval_predict.irt.constants import STAGED_SHRINKAGE
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.predict.auto import PARAMETERS
from eval_predict.predict.doubly_robust import doubly_robust
from eval_predict.predict.shrinkage import Mixture, model_means, shrunken
from eval_predict.select.active import ActiveDesign, CoresetDesign
from eval_predict.select.design import Design
from eval_predict.select.inclusion import design_weights
from eval_predict.stats.intervals import mean_bounds, normal_quantile, t_quantile

Floats = NDArray[np.float64]

DESIGNS: dict[str, type[Design]] = {"staged": ActiveDesign, "one_shot": CoresetDesign}
UNWEIGHED = STAGED_SHRINKAGE._replace(
    size_shares=(1.0,) * len(STAGED_SHRINKAGE.sizes), free_evidence=0.0
)
# How much each world counts; ordinary ones most, as they are what most users meet.
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
LEVEL = 0.95


class Draws(NamedTuple):
    """D draws of items for one target each, with the K parts of their mixtures."""

    design_D: NDArray[np.str_]
    matrix_D: NDArray[np.str_]
    world_D: NDArray[np.str_]
    truth_D: Floats
    random_D: Floats
    random_score_D: Floats
    items_D: Floats
    least_D: Floats
    most_D: Floats
    mean_DK: Floats
    variance_DK: Floats
    log_DK: Floats

    def where(self, rows_D: NDArray[np.bool_]) -> "Draws":
        """Some of the draws alone."""
        return Draws(*(array[rows_D] for array in self))


def main(arguments: list[str]) -> None:
    """Run `collect` or `fit`."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(required=True, dest="command")
    collecting = commands.add_parser("collect")
    collecting.add_argument("files", nargs="+", type=Path)
    collecting.add_argument("--out", type=Path, required=True)
    collecting.add_argument("--budget", type=int, default=50)
    collecting.add_argument("--repeats", type=int, default=24)
    collecting.add_argument("--seed", type=int, default=100)
    fitting = commands.add_parser("fit")
    fitting.add_argument("draws", type=Path)
    options = parser.parse_args(arguments)
    if options.command == "collect":
        matrices = {path.stem: read_matrix(path) for path in options.files}
        parts = list(_collect(matrices, options.budget, options.repeats, options.seed))
        whole = Draws(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
        np.savez(options.out, **whole._asdict())
        print(f"{len(whole.truth_D)} draws: {options.out}")
    else:
        with np.load(options.draws) as stored:
            draws = Draws(**{name: stored[name] for name in Draws._fields})
        for design in DESIGNS:
            _report(design, draws.where(draws.design_D == design))


def _collect(
    matrices: dict[str, ScoreMatrix], budget: int, repeats: int, seed: int
) -> Iterator[Draws]:
    for name, world in WORLDS.items():
        matrices_by_name = (
            matrices if world.share is None else {SIMULATED: simulated(world.share, seed)}
        )
        for benchmark, matrix in matrices_by_name.items():
            for repeat in range(repeats):
                yield from _draw(benchmark, matrix, name, world, budget, (seed, repeat))
        print(name, file=sys.stderr, flush=True)


def _draw(
    benchmark: str,
    matrix: ScoreMatrix,
    name: str,
    world: World,
    budget: int,
    key: tuple[int, int],
) -> Iterator[Draws]:
    seed, repeat = key
    split = world.split(matrix, repeat, seed)
    if split is None:
        return
    rng = np.random.default_rng([*key, len(name), ord(name[-1])])
    targets_T = rng.permutation(split.targets_T)[:MAX_TARGETS]
    history = matrix.take_models(split.history_H)
    model = HistoryModel.of(history)
    truth_TN = world.truth(matrix, targets_T, key)
    truth_T, N = truth_TN.mean(axis=1), truth_TN.shape[1]
    for design_name, design in DESIGNS.items():
        observed = observe(design().fit(history), budget, truth_TN, rng)
        weight_Tn = design_weights(model, observed)
        mixture = _mixture(model, observed, weight_Tn)
        least_T = observed.scores_Tn.sum(axis=1) / N
        T = len(truth_T)
        yield Draws(
            np.full(T, design_name),
            np.full(T, benchmark),
            np.full(T, name),
            truth_T,
            random_sampling_error(truth_TN, budget),
            _random_score(truth_TN, budget, rng),
            np.full(T, float(N)),
            least_T,
            least_T + 1 - budget / N,
            mixture.mean_TK,
            mixture.variance_TK,
            np.log(np.maximum(mixture.weight_TK, 1e-300)),
        )


def _mixture(model: HistoryModel, observed: Observed, weight_Tn: Floats) -> Mixture:
    """The parts of the estimate; all the same where no weights have a say."""
    robust = doubly_robust(model, observed, weight_Tn)
    if model.differs_:
        means = model_means(model, observed, weight_Tn, UNWEIGHED.overdispersion)
        return shrunken(means, robust, weight_Tn, model.num_items, UNWEIGHED)
    freedom = max(observed.shape[1] - PARAMETERS, 2)
    widened = (t_quantile(LEVEL, freedom) / normal_quantile(LEVEL)) ** 2
    parts = 2 * len(UNWEIGHED.sizes)
    mean_T, variance_T = robust.mean_T, widened * robust.variance_T
    return Mixture(
        *(np.repeat(array_T[:, None], parts, axis=1) for array_T in (mean_T, variance_T)),
        np.full((len(mean_T), parts), 1 / parts),
    )


def _random_score(truth_TN: Floats, budget: int, rng: np.random.Generator) -> Floats:
    """The interval score (T,) of a random sample, mean of eight."""
    total_T = np.zeros(len(truth_TN))
    for _ in range(8):
        items_n = rng.permutation(truth_TN.shape[1])[:budget]
        low_T, high_T = mean_bounds(truth_TN[:, items_n], LEVEL, truth_TN.shape[1])
        total_T += _interval_score(truth_TN.mean(axis=1), low_T, high_T)
    return total_T / 8


def _interval_score(truth_D: Floats, low_D: Floats, high_D: Floats) -> Floats:
    missed_D = np.maximum(low_D - truth_D, 0) + np.maximum(truth_D - high_D, 0)
    return high_D - low_D + 2 / (1 - LEVEL) * missed_D


def _fit(draws: Draws) -> Floats:
    """Log weights of the sizes, and the evidence of free loadings at the end."""
    from scipy.optimize import minimize

    log_density_DK, share_D = _log_density(draws), _shares(draws)
    sizes = len(UNWEIGHED.sizes)

    def loss(value_P: Floats) -> tuple[float, Floats]:
        log_DK = draws.log_DK + _added(value_P)
        weight_DK = _normalised(log_DK)
        joint_DK = log_DK + log_density_DK
        likelihood_D = _log_sum(joint_DK) - _log_sum(log_DK)
        slope_K = share_D @ (_normalised(joint_DK) - weight_DK)
        slope_FL = slope_K.reshape(2, sizes)
        slope_P = np.concatenate([slope_FL.sum(axis=0), [slope_FL[1].sum()]])
        return (
            float(RIDGE * (value_P**2).sum() - share_D @ likelihood_D),
            2 * RIDGE * value_P - slope_P,
        )

    found = minimize(loss, np.zeros(sizes + 1), jac=True, method="L-BFGS-B")
    return np.asarray(found.x, np.float64)


def _added(value_P: Floats) -> Floats:
    """What the parameters add to the log weights (K,)."""
    return np.concatenate([value_P[:-1], value_P[:-1] + value_P[-1]])


def _log_density(draws: Draws) -> Floats:
    """Of the true mean score under each part, of Wilson's shape."""
    edge_D = 0.3 / draws.items_D
    theta_D1 = np.clip(draws.truth_D, edge_D, 1 - edge_D)[:, None]
    mean_DK = draws.mean_DK
    needed_DK = draws.variance_DK / np.maximum(mean_DK * (1 - mean_DK), 0.005 * 0.995)
    variance_D1 = theta_D1 * (1 - theta_D1)
    spread_DK = np.sqrt(variance_D1 * needed_DK)
    z_DK = (theta_D1 - mean_DK) / spread_DK
    slope_DK = (theta_D1 + mean_DK - 2 * mean_DK * theta_D1) / (2 * variance_D1 * spread_DK)
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


def _report(design: str, draws: Draws) -> None:
    whole = _fit(draws)
    print(f"## {design}\nall: {_shown(whole)}")
    rows = []
    for matrix in np.unique(draws.matrix_D):
        of_matrix_D = draws.matrix_D == matrix
        # Simulated worlds belong to no matrix: they are measured with what all matrices gave.
        value_P = whole if matrix == SIMULATED else _fit(draws.where(~of_matrix_D))
        print(f"without {matrix}: {_shown(value_P)}")
        rows += _figures(draws.where(of_matrix_D), value_P)
    print(
        "\n| world | ratio | bias | coverage (worst) | width | score |\n|---|---|---|---|---|---|"
    )
    worlds = [world for world in WORLDS if any(row.world == world for row in rows)]
    table = {world: [row for row in rows if row.world == world] for world in worlds}
    means = {world: np.mean([row.numbers for row in table[world]], axis=0) for world in worlds}
    for world in sorted(worlds, key=lambda name: -means[name][0]):
        ratio, bias, coverage, width, score = means[world]
        worst = min(row.numbers[2] for row in table[world])
        print(
            f"| {world} | {ratio:.3f} | {bias:+.2f} | {coverage:.3f} ({worst:.2f}) | {width:.1f}"
            f" | {score:.3f} |"
        )
    ratio, _, coverage, width, score = np.mean(list(means.values()), axis=0)
    print(f"| mean | {ratio:.3f} | | {coverage:.3f} | {width:.1f} | {score:.3f} |\n")


class Figures(NamedTuple):
    """One matrix in one world: ratio, bias, coverage, width, score ratio."""

    world: str
    numbers: tuple[float, float, float, float, float]


def _figures(draws: Draws, value_P: Floats) -> list[Figures]:
    weight_DK = _normalised(draws.log_DK + _added(value_P))
    mixture = Mixture(draws.mean_DK, draws.variance_DK, weight_DK)
    N_D = draws.items_D
    low_D = np.floor(mixture.quantile((1 - LEVEL) / 2) * N_D) / N_D
    high_D = np.ceil(mixture.quantile((1 + LEVEL) / 2) * N_D) / N_D
    low_D, high_D, value_D = (
        np.clip(array_D, draws.least_D, draws.most_D) for array_D in (low_D, high_D, mixture.mean_T)
    )
    error_D = value_D - draws.truth_D
    score_D = _interval_score(draws.truth_D, low_D, high_D)
    within_D = (low_D - 1e-9 <= draws.truth_D) & (draws.truth_D <= high_D + 1e-9)
    figures = []
    for world in np.unique(draws.world_D):
        at_D = draws.world_D == world
        numbers = (
            float(np.abs(error_D[at_D]).mean() / draws.random_D[at_D].mean()),
            100 * float(error_D[at_D].mean()),
            float(within_D[at_D].mean()),
            100 * float((high_D - low_D)[at_D].mean()),
            float(score_D[at_D].mean() / draws.random_score_D[at_D].mean()),
        )
        figures.append(Figures(str(world), numbers))
    return figures


def _shown(value_P: Floats) -> str:
    shares_L = _normalised(value_P[None, :-1])[0]
    sizes = ", ".join(f"{share:.3f}" for share in shares_L)
    return f"size_shares=({sizes}), free_evidence={value_P[-1]:.2f}"


def _normalised(log_DK: Floats) -> Floats:
    weight_DK = np.exp(log_DK - log_DK.max(axis=1, keepdims=True))
    return np.asarray(weight_DK / weight_DK.sum(axis=1, keepdims=True))


def _log_sum(log_DK: Floats) -> Floats:
    most_D = log_DK.max(axis=1)
    return np.asarray(most_D + np.log(np.exp(log_DK - most_D[:, None]).sum(axis=1)))


if __name__ == "__main__":
    main(sys.argv[1:])
