import numpy as np
import pytest

from eval_predict import ScoreMatrix
from eval_predict.bench.gain_sequences import (
    ROUNDS,
    base_model_of,
    round_sequences,
    unrelated_models,
)


@pytest.mark.parametrize(
    ("name", "base_model"),
    [
        ("Qwen/Qwen2.5-7B-Instruct#135", "qwen2.5"),
        ("Qwen/Qwen2-7B", "qwen2"),
        ("cognitivecomputations/dolphin-2.9.2-qwen2-72b#213", "qwen2"),
        ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", None),
        ("NousResearch/Hermes-2-Pro-Llama-3-8B#69", "llama-3"),
        ("meta-llama/Llama-2-7b-hf#306", "llama-2"),
        ("HuggingFaceH4/zephyr-7b-gemma-v0.1#46", "gemma"),
        ("CohereForAI/aya-23-8B#23", None),
        ("phi-labs/other", None),
    ],
)
def test_a_models_name_states_its_base_model(name: str, base_model: str | None) -> None:
    assert base_model_of(name) == base_model


def _matrix() -> ScoreMatrix:
    rng = np.random.default_rng(0)
    names = [f"Qwen/Qwen2-{size}B" for size in range(1, 9)] + ["Qwen/Qwen2-1B#2"]
    names += [f"a/gemma-{size}b" for size in range(3)] + ["b/own"]
    probability_M = rng.random(len(names))
    return ScoreMatrix.from_array(
        (rng.random((len(names), 90)) < probability_M[:, None]) * 1.0, names
    )


def test_rounds_rise_and_share_a_base_model_and_each_model_occurs_once() -> None:
    matrix = _matrix()
    for models_R, base_model in round_sequences(matrix, seed=3, repeats=5):
        assert base_model == "qwen2"  # the other has three models
        assert ROUNDS[0] <= len(models_R) - 1 <= ROUNDS[1]
        assert (np.diff(matrix.mean_M[models_R]) >= 0).all()
        assert len({matrix.models[m].partition("#")[0] for m in models_R}) == len(models_R)


def test_shuffled_rounds_start_with_the_weakest_and_fall_too() -> None:
    matrix = _matrix()
    falls = 0
    for models_R, _ in round_sequences(matrix, seed=3, repeats=8, rising=False):
        assert matrix.mean_M[models_R[0]] == matrix.mean_M[models_R].min()
        falls += int((np.diff(matrix.mean_M[models_R]) < 0).sum())
    assert falls > 8


def test_no_related_model_is_in_the_history() -> None:
    others = unrelated_models(_matrix(), "qwen2")
    assert others is not None
    assert set(others.models) == {"a/gemma-0b", "a/gemma-1b", "a/gemma-2b", "b/own"}


def test_a_run_s_rounds_keep_their_order() -> None:
    names = ["x/round-1", "x/round-0", "y/round-0", "x/round-10", "x/round-2"]
    matrix = ScoreMatrix.from_array(np.eye(5), names)
    sequences = round_sequences(matrix, 0, repeats=2)
    assert [list(sequence.models_R) for sequence in sequences] == [[1, 0, 4, 3]] * 2
    assert sequences[0].base_model is None


def test_the_model_before_a_warm_start_is_no_round() -> None:
    names = ("a/start", "a/round-0", "a/round-1", "b/round-0", "b/round-1")
    matrix = ScoreMatrix.from_array(np.eye(5), names)
    found = round_sequences(matrix, seed=0, repeats=1)
    assert [sequence.models_R.tolist() for sequence in found] == [[1, 2], [3, 4]]


def test_sequences_depend_on_the_seed_alone() -> None:
    drawn = [
        [list(sequence.models_R) for sequence in round_sequences(_matrix(), s, 3)]
        for s in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
