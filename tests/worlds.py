"""Score matrices of a simulated world, and a small adaptive design, for several tests."""

import numpy as np

from eval_predict import AdaptiveDesign, Observed, ScoreMatrix, Selection


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

    def select(self, budget: int, rng: np.random.Generator) -> Selection:
        items_n = rng.permutation(self.num_items_)[:budget]
        return Selection(items_n[None], np.full((1, budget), budget / self.num_items_))

    def next(self, observed: Observed, batch: int, rng: np.random.Generator) -> Selection:
        everything = np.arange(self.num_items_)
        unseen = [np.setdiff1d(everything, seen_n) for seen_n in observed.items_Tn]
        items_Tn = np.array([rng.permutation(left)[:batch] for left in unseen])
        share = batch / (self.num_items_ - observed.shape[1])
        return Selection(items_Tn, np.full(items_Tn.shape, share))
