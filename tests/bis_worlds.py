"""Prompts and scores that tests make: how hard a prompt is depends on how long it is."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

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


def write_benchmarks(folder: Path) -> None:
    """The folders `short` and `long`: 120 prompts each with losses, and scores of three models."""
    rng = np.random.default_rng(0)
    for name, mean in (("short", 2), ("long", 4)):
        prompts = [f"{name} {text}" for text in made_prompts(rng, 120, mean)]
        scores_MN = made_scores(rng, prompts, 3)
        items = [f"{name}-{row}" for row in range(120)]
        (folder / name).mkdir()
        table = {"item": items, "prompt": prompts, "loss": rng.random(120)}
        parquet.write_table(pa.table(table), folder / name / "items.parquet")
        rows = {
            "model": np.repeat(["a", "b", "c"], 120),
            "item": items * 3,
            "score": scores_MN.ravel(),
        }
        parquet.write_table(pa.table(rows), folder / name / "scores.parquet")
