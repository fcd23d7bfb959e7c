"""Draws of `auto`'s designs in every world of the bench, with what its estimate is made of."""

import sys
import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from eval_predict.bench.cases import MAX_TARGETS
from eval_predict.bench.measures import random_sampling_error
from eval_predict.bench.runner import observe
from eval_predict.bench.worlds import SIMULATED, WORLDS, World, simulated
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.irt.constants import AUTO, INFORMED, STAGINGS, AutoConstants, Sizes
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.predict.doubly_robust import doubly_robust
from eval_predict.predict.shrinkage import model_means
from eval_predict.select.active import ActiveDesign, CoresetDesign
from eval_predict.select.inclusion import design_weights
from eval_predict.stats.intervals import mean_bounds
from eval_predict.stats.survey_weights import effective_size

Floats = NDArray[np.float64]
LEVEL = 0.95

ONE_SHOT = {f"one shot, {informed}": informed for informed in INFORMED}
# The designs that a choice is made from. Names are stored with the draws.
DESIGNS: dict[str, AutoConstants] = {
    **{name: AUTO._replace(staging=staging) for name, staging in STAGINGS.items()},
    **{
        name: AUTO._replace(one_shot_sizes=Sizes(informed, 0.5))
        for name, informed in ONE_SHOT.items()
    },
}


class Draws(NamedTuple):
    """D draws of items for one target each, with both estimates before they are mixed.

    `mean_DF`, `variance_DF`, `apart_DF` and `evidence_DF` are those of the F factor models
    (`ModelMeans`) without overdispersion; `robust_D` and `robust_variance_D` are the doubly robust
    estimate; `differs_D` says whether the factor models count at all.
    """

    design_D: NDArray[np.str_]
    matrix_D: NDArray[np.str_]
    world_D: NDArray[np.str_]
    truth_D: Floats
    random_D: Floats
    random_score_D: Floats
    items_D: Floats
    drawn_D: Floats
    least_D: Floats
    most_D: Floats
    differs_D: NDArray[np.bool_]
    effective_D: Floats
    robust_D: Floats
    robust_variance_D: Floats
    mean_DF: Floats
    variance_DF: Floats
    apart_DF: Floats
    evidence_DF: Floats

    def where(self, rows_D: NDArray[np.bool_]) -> Self:
        """Some of the draws alone."""
        return type(self)(*(array[rows_D] for array in self))

    @classmethod
    def joined(cls, parts: list[Self]) -> Self:
        """All of the parts' draws."""
        return cls(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def collect(
    matrices: Mapping[str, ScoreMatrix], budget: int, repeats: int, seed: int
) -> Iterator[Draws]:
    """Draws by all designs in all worlds; worlds and designs share the fit of a history."""
    for name, world in WORLDS.items():
        if world.share is not None:
            made = simulated(world.share, seed)
            for repeat in range(repeats):
                yield from _draws(SIMULATED, made, {name: world}, budget, (seed, repeat), {})
    real = {name: world for name, world in WORLDS.items() if world.share is None}
    for benchmark, matrix in matrices.items():
        for repeat in range(repeats):
            yield from _draws(benchmark, matrix, real, budget, (seed, repeat), {})
        print(benchmark, file=sys.stderr, flush=True)


def _draws(
    benchmark: str,
    matrix: ScoreMatrix,
    worlds: Mapping[str, World],
    budget: int,
    key: tuple[int, int],
    histories: dict[bytes, ScoreMatrix],
) -> Iterator[Draws]:
    seed, repeat = key
    for name, world in worlds.items():
        split = world.split(matrix, repeat, seed)
        if split is None:
            continue
        # The fit belongs to the matrix object (`HistoryModel.of`).
        same = split.history_H.tobytes()
        history = histories.setdefault(same, matrix.take_models(split.history_H))
        rng = np.random.default_rng([*key, zlib.crc32(name.encode())])
        targets_T = rng.permutation(split.targets_T)[:MAX_TARGETS]
        truth_TN = world.truth(matrix, targets_T, key)
        random_T = random_sampling_error(truth_TN, budget)
        score_T = _random_score(truth_TN, budget, rng)
        for design, constants in DESIGNS.items():
            parts = _parts(history, truth_TN, budget, constants, design in ONE_SHOT, rng)
            texts = (np.full(len(truth_TN), text) for text in (design, benchmark, name))
            yield Draws(*texts, truth_TN.mean(axis=1), random_T, score_T, *parts)


def _parts(
    history: ScoreMatrix,
    truth_TN: Floats,
    budget: int,
    constants: AutoConstants,
    one_shot: bool,
    rng: np.random.Generator,
) -> tuple[Floats | NDArray[np.bool_], ...]:
    """What `Draws` has from `items_D` on."""
    design = CoresetDesign(constants) if one_shot else ActiveDesign(constants)
    observed = observe(design.fit(history), budget, truth_TN, rng)
    model = HistoryModel.of(history)
    weight_Tn = design_weights(model, observed, constants.staging)
    robust = doubly_robust(model, observed, weight_Tn)
    means = model_means(model, observed, weight_Tn, overdispersion=1.0)
    T, N = truth_TN.shape
    least_T = observed.scores_Tn.sum(axis=1) / N
    return (
        np.full(T, float(N)),
        np.full(T, float(budget)),
        least_T,
        least_T + 1 - budget / N,
        np.full(T, model.differs_),
        effective_size(weight_Tn),
        *robust,
        *(array_FT.T for array_FT in means),
    )


def interval_score(truth_D: Floats, low_D: Floats, high_D: Floats) -> Floats:
    """Width, and 2 / (1 − level) times the distance by which an interval misses."""
    missed_D = np.maximum(low_D - truth_D, 0) + np.maximum(truth_D - high_D, 0)
    return high_D - low_D + 2 / (1 - LEVEL) * missed_D


def _random_score(truth_TN: Floats, budget: int, rng: np.random.Generator) -> Floats:
    """The interval score (T,) of a random sample, mean of eight."""
    total_T = np.zeros(len(truth_TN))
    for _ in range(8):
        items_n = rng.permutation(truth_TN.shape[1])[:budget]
        low_T, high_T = mean_bounds(truth_TN[:, items_n], LEVEL, truth_TN.shape[1])
        total_T += interval_score(truth_TN.mean(axis=1), low_T, high_T)
    return total_T / 8
