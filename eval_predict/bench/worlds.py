"""The situations in which `bench` tries a method: a split, and a change of targets' scores."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.bench.splits import (
    Split,
    SplitRule,
    extrapolation,
    few,
    frontier,
    frontier_down,
    group,
    interpolation,
    mirrored,
)
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.errors import unknown_name
from eval_predict.stats.logistic import logistic

SIMULATED = "(simulated)"  # the benchmark's name in the rows of worlds without a matrix
_MODELS, _HISTORY, _ITEMS, _FACTORS = 80, 60, 1000, 4
_MEMORISED = 1 / 3  # share of the items that a memoriser gets right whatever they ask
_TOPIC = 0.2  # share of the items that a specialist is good at
_MASTERED = 0.7  # share of its wrong answers there that a specialist has right

Floats = NDArray[np.float64]
Change = Callable[[ScoreMatrix, Floats, np.random.Generator], Floats]


class World(NamedTuple):
    """One situation.

    Attributes:
        split: which models are history, which targets.
        change: from the whole matrix and the targets' scores (T, N) to the scores that they have
            in this world; None where they keep their own.
        share: of right answers in a simulated matrix; None where a real matrix is used.
    """

    split: SplitRule
    change: Change | None = None
    share: float | None = None

    def truth(self, matrix: ScoreMatrix, targets_T: NDArray[np.intp], key: Iterable[int]) -> Floats:
        """The targets' scores (T, N) in this world, drawn with the seeds in `key`."""
        truth_TN: Floats = matrix.take_models(targets_T).dense_MN()
        if self.change is None:
            return truth_TN
        return self.change(matrix, truth_TN, np.random.default_rng([*key, 7]))


def damaged(matrix: ScoreMatrix, truth_TN: Floats, rng: np.random.Generator, lost: float) -> Floats:
    """A share of each target's right answers is lost at random, as after a failed training."""
    low, high = matrix.range
    changed_TN = truth_TN.copy()
    for row_N in changed_TN:
        right = np.flatnonzero(row_N > (low + high) / 2)
        row_N[rng.permutation(right)[: round(lost * len(right))]] = low
    return changed_TN


def guesser(matrix: ScoreMatrix, truth_TN: Floats, rng: np.random.Generator) -> Floats:
    """Answers drawn at random, as often right as the matrix's weak models (its 5% quantile)."""
    low, high = matrix.range
    probability = (float(np.nanquantile(matrix.mean_M, 0.05)) - low) / max(high - low, 1e-12)
    return np.where(rng.random(truth_TN.shape) < probability, high, low)


def memoriser(matrix: ScoreMatrix, truth_TN: Floats, rng: np.random.Generator) -> Floats:
    """A random third of the items right, as if they had been in the training data."""
    changed_TN, count = truth_TN.copy(), round(_MEMORISED * truth_TN.shape[1])
    for row_N in changed_TN:
        row_N[rng.permutation(len(row_N))[:count]] = matrix.range[1]
    return changed_TN


def specialist(matrix: ScoreMatrix, truth_TN: Floats, rng: np.random.Generator) -> Floats:
    """70% of the wrong answers on a topic made right.

    A topic is the fifth of the items that lie farthest along a random mix of the four leading
    directions in which the matrix's models differ.
    """
    scores_MN = matrix.filled_MN()
    centred_MN = scores_MN - scores_MN.mean(axis=0)
    centred_MN -= centred_MN.mean(axis=1, keepdims=True)
    _, vector_MM = np.linalg.eigh(centred_MN @ centred_MN.T)
    place_N4 = centred_MN.T @ vector_MM[:, -_FACTORS:]
    low, high = matrix.range
    changed_TN = truth_TN.copy()
    for row_N in changed_TN:
        along_N = place_N4 @ rng.normal(size=place_N4.shape[1])
        topic_n = np.argsort(along_N, kind="stable")[-round(_TOPIC * len(row_N)) :]
        wrong_n = topic_n[row_N[topic_n] <= (low + high) / 2]
        row_N[rng.permutation(wrong_n)[: round(_MASTERED * len(wrong_n))]] = high
    return changed_TN


def simulated(share: float, seed: int) -> ScoreMatrix:
    """80 models on 1,000 items by a four-factor model with this share of right answers."""
    rng = np.random.default_rng([seed, round(1000 * share)])
    loading_Nk = rng.normal(0, 0.5, size=(_ITEMS, _FACTORS))
    loading_Nk[:, 0] = np.abs(rng.normal(1, 0.3, size=_ITEMS))
    logit_MN = rng.normal(size=(_MODELS, _FACTORS)) @ loading_Nk.T
    logit_MN += rng.normal(0, 1.5, size=_ITEMS)
    low, high = -15.0, 15.0
    for _ in range(50):
        level = (low + high) / 2
        low, high = (level, high) if logistic(logit_MN + level).mean() < share else (low, level)
    right_MN = rng.random(logit_MN.shape) < logistic(logit_MN + level)
    return ScoreMatrix.from_array(right_MN.astype(np.uint8))


def _simulated_split(matrix: ScoreMatrix, repeat: int, seed: int) -> Split:
    order = np.random.default_rng([seed, repeat, 8]).permutation(len(matrix.models))
    return Split(np.sort(order[:_HISTORY]), np.sort(order[_HISTORY:]))


# Worlds with one split stand together, so that a fit can serve all of them.
WORLDS: dict[str, World] = {
    "interpolation": World(interpolation),
    "damaged_10": World(interpolation, partial(damaged, lost=0.1)),
    "damaged_30": World(interpolation, partial(damaged, lost=0.3)),
    "damaged_40": World(interpolation, partial(damaged, lost=0.4)),
    "guesser": World(interpolation, guesser),
    "memoriser": World(interpolation, memoriser),
    "specialist": World(interpolation, specialist),
    "extrapolation": World(extrapolation),
    "frontier": World(frontier),
    "group": World(group),
    "mirrored": World(mirrored),
    "frontier_down": World(frontier_down),
    "few_4": World(partial(few, models=4)),
    "few_8": World(partial(few, models=8)),
    "few_16": World(partial(few, models=16)),
    "few_22": World(partial(few, models=22)),
    "ceiling": World(_simulated_split, share=0.95),
    "floor": World(_simulated_split, share=0.03),
}

FAMILIES: dict[str, tuple[str, ...]] = {
    "damaged": (
        "damaged_10",
        "damaged_30",
        "damaged_40",
        "guesser",
        "memoriser",
        "specialist",
    ),
    "few": ("few_4", "few_8", "few_16", "few_22"),
}


def expand_worlds(names: Iterable[str]) -> list[str]:
    """Names of worlds, with `damaged` and `few` for all of their kind; each once.

    Raises:
        UserError: (a ValueError) on an unknown name.
    """
    expanded: dict[str, None] = {}
    for name in names:
        if name not in WORLDS and name not in FAMILIES:
            raise unknown_name("split", name, [*WORLDS, *FAMILIES])
        expanded |= dict.fromkeys(FAMILIES.get(name, (name,)))
    return list(expanded)
