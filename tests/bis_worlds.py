"""Prompts and scores that tests make: how hard a prompt is depends on how long it is."""

import numpy as np

NOUNS = ("apples", "pens", "books", "coins", "trees", "cups", "dogs", "cards")


def made_prompts(rng: np.random.Generator, count: int, mean: float = 3.0) -> list[str]:
    """Word problems of about `mean` sentences, all different."""
    prompts = []
    for row in range(count):
        parts = [
            f"Tom {row} buys {rng.integers(1, 99)} {rng.choice(NOUNS)} and {rng.choice(NOUNS)}."
            for _ in range(1 + rng.poisson(mean))
        ]
        prompts.append(" ".join([*parts, "How many are left?"]))
    return prompts


def made_scores(
    rng: np.random.Generator, prompts: list[str], models: int = 6, slope: float = 0.6
) -> np.ndarray:
    """Scores (M, N) of 0 and 1; a model is right less often on longer prompts."""
    length_N = np.array([len(text) for text in prompts]) / 100
    ability_M = rng.normal(2.5 * slope, 0.5, models)
    probability_MN = 1 / (1 + np.exp(slope * length_N - ability_M[:, None]))
    return (rng.random(probability_MN.shape) < probability_MN).astype(float)
