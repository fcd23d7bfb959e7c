"""The toy experiment: it sees which clustering holds the truth, and refuses what cannot be."""

import numpy as np
import pytest

from eval_predict.bench.item_clusters import ToyRow, toy_experiment
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.errors import UserError


def world(seed: int = 0) -> tuple[ScoreMatrix, np.ndarray]:
    """Items of 5 kinds, which decide each model's score; and a one-hot of the kinds."""
    rng = np.random.default_rng(seed)
    kind_N = rng.integers(5, size=100)
    probability = rng.random((16, 5))
    scores = (rng.random((16, 100)) < probability[:, kind_N]) * 1.0
    return ScoreMatrix.from_array(scores), np.eye(5)[kind_N]


def by_name(rows: list[ToyRow]) -> dict[str, ToyRow]:
    return {row.clustering: row for row in rows}


def test_history_beats_an_embedding_that_says_nothing() -> None:
    history, _ = world()
    noise = np.random.default_rng(1).normal(size=(100, 8))
    rows = by_name(toy_experiment(history, noise, np.random.default_rng(0), clusters=5))
    assert rows["history"].unexplained < 0.95 < rows["embedding"].unexplained
    assert rows["random"].unexplained == pytest.approx(1, abs=0.05)
    assert {row.models for row in rows.values()} == {16}


def test_an_embedding_that_knows_the_kinds_is_found_to_be_best() -> None:
    history, kinds = world()
    rows = by_name(toy_experiment(history, kinds, np.random.default_rng(0), clusters=5))
    assert rows["embedding"].unexplained <= rows["history"].unexplained


def test_text_vectors_and_missing_scores_are_taken() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    history, kinds = world()
    prompts = [f"kind{kind} number {number}" for number, kind in enumerate(kinds.argmax(axis=1))]
    text = TfidfVectorizer(max_features=20).fit_transform(prompts).toarray()
    holes = history.dense_MN()
    holes[::3, ::7] = np.nan
    rows = toy_experiment(ScoreMatrix.from_array(holes), text, np.random.default_rng(0), 5)
    assert np.isfinite([row[1:3] for row in rows]).all()


def test_constant_scores_and_the_same_prompt_everywhere_give_numbers() -> None:
    history = ScoreMatrix.from_array(np.ones((4, 10)))
    rows = toy_experiment(history, np.zeros((10, 2)), np.random.default_rng(0), clusters=9)
    assert [row[1:3] for row in rows] == [(1.0, 0.0)] * 3


def test_the_same_seed_gives_the_same_table() -> None:
    history, kinds = world()
    first, second = (toy_experiment(history, kinds, np.random.default_rng(3), 5) for _ in range(2))
    assert first == second


@pytest.mark.parametrize(("clusters", "rows"), [(0, 100), (100, 100), (5, 99)])
def test_what_cannot_be_is_refused(clusters: int, rows: int) -> None:
    with pytest.raises(UserError, match="expected"):
        toy_experiment(world()[0], np.zeros((rows, 2)), np.random.default_rng(0), clusters)
