import numpy as np
from bis_worlds import made_prompts

from eval_predict.bench.bis_shifts import by_cluster, by_length, random_fifth
from eval_predict.bis.prompts import Prompts

PROMPTS = Prompts.describe(made_prompts(np.random.default_rng(0), 200), None)


def test_a_shift_by_length_makes_the_targets_prompts_longer() -> None:
    target_N = by_length(PROMPTS, np.random.default_rng(0))
    length_N = np.array([len(text) for text in PROMPTS.texts])
    assert length_N[target_N].mean() > length_N[~target_N].mean()


def test_chance_takes_a_fifth() -> None:
    assert random_fifth(PROMPTS, np.random.default_rng(0)).sum() == 40


def test_clusters_are_held_out_until_they_are_three_tenths() -> None:
    share = by_cluster(PROMPTS, np.random.default_rng(0)).mean()
    assert 0.3 <= share < 0.9
