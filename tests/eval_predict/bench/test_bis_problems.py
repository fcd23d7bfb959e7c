import numpy as np
import pytest
from bis_worlds import made_prompts

from eval_predict.bench.bis_problems import Benchmark, across, split, stepped, subsample
from eval_predict.bis.prompts import Prompts
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.errors import UserError


def _benchmark(name: str, models: list[str], seed: int = 0) -> Benchmark:
    rng = np.random.default_rng(seed)
    prompts = made_prompts(rng, 200)
    scores_MN = (rng.random((len(models), 200)) < 0.5).astype(float)
    return Benchmark(
        name, Prompts.describe(prompts, None), ScoreMatrix.from_array(scores_MN, models)
    )


def test_a_pair_holds_the_models_that_both_benchmarks_know() -> None:
    problem = across([_benchmark("a", ["x", "y"])], _benchmark("b", ["y", "z"], 1), 0)
    assert problem is not None
    assert problem.models == ("y",)
    assert across([_benchmark("a", ["x"])], _benchmark("b", ["z"], 1), 0) is None


def test_a_split_shares_the_items_out() -> None:
    problem = split(_benchmark("a", ["x"]), "none", 0)
    assert problem.source_MS.shape[1] == 160
    assert problem.target_MT.shape[1] == 40


def test_a_subsample_has_that_many_source_items() -> None:
    problem = split(_benchmark("a", ["x"]), "none", 0)
    part = subsample(problem, 50)
    assert part is not None
    assert part.source_MS.shape == (1, 50)
    assert subsample(problem, 161) is None


def test_made_scores_fall_in_one_step_with_the_length() -> None:
    benchmark = stepped(_benchmark("a", ["x"]), 0.5, 0)
    length_N = np.array([len(text) for text in benchmark.prompts.texts])
    short_N = length_N <= np.median(length_N)
    scores_MN = benchmark.scores.dense_MN()
    assert abs(scores_MN[:, short_N].mean() - 0.9) < 0.04
    assert abs(scores_MN[:, ~short_N].mean() - 0.2) < 0.04


def test_made_scores_may_fall_along_another_feature() -> None:
    before = _benchmark("a", ["x"])
    benchmark = stepped(before, 0.7, 0, "words")
    words_N = before.prompts.covariates_NC[:, list(before.prompts.names).index("words")]
    many_N = words_N > np.quantile(words_N, 0.7)
    scores_MN = benchmark.scores.dense_MN()
    assert scores_MN[:, many_N].mean() < 0.3 < 0.8 < scores_MN[:, ~many_N].mean()
    with pytest.raises(UserError, match='"colour"'):
        stepped(before, 0.7, 0, "colour")
