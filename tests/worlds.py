"""Score matrices of a simulated world, and a small adaptive design, for several tests."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict import AdaptiveDesign, Design, Observed, ScoreMatrix, Selection


def rasch_world(models: int = 24, items: int = 60, seed: int = 0) -> ScoreMatrix:
    """Scores that follow from one ability a model and one difficulty an item."""
    rng = np.random.default_rng(seed)
    ability_M, difficulty_N = rng.normal(size=models), rng.normal(size=items)
    probability_MN = 1 / (1 + np.exp(difficulty_N - ability_M[:, None]))
    scores_MN = (rng.random((models, items)) < probability_MN).astype(float)
    # Providers, since models without relatives form no clusters for the group split.
    names = [f"org-{row % 6}/model-{row}" for row in range(models)]
    return ScoreMatrix.from_array(scores_MN, names)


class TwoStageDesign(AdaptiveDesign):
    """Half at random; then, evenly, from the unseen items, as many as are asked for."""

    def stages(self, budget: int) -> list[int]:
        return [budget // 2, budget - budget // 2] if budget > 1 else [budget]

    def _select(self, budget: int, rng: np.random.Generator) -> Selection:
        items_n = rng.permutation(self.num_items_)[:budget]
        return Selection(items_n[None], np.full((1, budget), budget / self.num_items_))

    def _next(self, observed: Observed, batch: int, rng: np.random.Generator) -> Selection:
        everything = np.arange(self.num_items_)
        unseen = [np.setdiff1d(everything, seen_n) for seen_n in observed.items_Tn]
        items_Tn = np.array([rng.permutation(left)[:batch] for left in unseen])
        share = batch / (self.num_items_ - observed.shape[1])
        return Selection(items_Tn, np.full(items_Tn.shape, share))


class FactorWorld(NamedTuple):
    """Scores that several abilities a model gave rise to, and how probable each was."""

    scores_MN: NDArray[np.float64]
    probability_MN: NDArray[np.float64]


def factor_world(ability_M: NDArray[np.float64], items: int, seed: int = 0) -> FactorWorld:
    """One main ability a model, as given, and two lesser ones that some items ask for as well."""
    rng = np.random.default_rng(seed)
    difficulty_N = rng.normal(0, 1.3, size=items)
    discrimination_N = rng.normal(1, 0.2, size=items)
    lesser_Nk = rng.normal(0, 0.5, size=(items, 2))
    other_Mk = rng.normal(size=(len(ability_M), 2))
    logit_MN = ability_M[:, None] * discrimination_N - difficulty_N + other_Mk @ lesser_Nk.T
    probability_MN = 1 / (1 + np.exp(-logit_MN))
    scores_MN = (rng.random(probability_MN.shape) < probability_MN).astype(float)
    return FactorWorld(scores_MN, probability_MN)


def sampled_anew(
    design: Design, budget: int, truth_N: NDArray[np.float64], draws: int, seed: int = 0
) -> Observed:
    """Many samples of one target, each from its own first draw: T is `draws`."""
    rng = np.random.default_rng(seed)
    truth_TN = np.tile(truth_N, (draws, 1))
    first, *later = design.stages(budget) if isinstance(design, AdaptiveDesign) else [budget]
    drawn = [design.select(first, rng) for _ in range(draws)]
    items_Tn = np.vstack([selection.items_Tn for selection in drawn])
    probability_Tn = np.vstack([selection.probability_Tn for selection in drawn])
    observed = Observed.of(Selection(items_Tn, probability_Tn), truth_TN)
    if isinstance(design, AdaptiveDesign):
        for batch in later:
            observed = observed.extend(design.next(observed, batch, rng), truth_TN)
    return observed


def observed_on(items: list[int], scores: Sequence[float]) -> Observed:
    """One target on some items, none of them drawn with a probability of its own."""
    shape = (1, len(items))
    return Observed(
        np.array([items]),
        np.array([scores], float),
        np.full(shape, np.nan),
        np.zeros(shape[1], int),
    )
