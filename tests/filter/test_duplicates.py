import numpy as np
import pytest

from iwsi.filter import duplicates
from iwsi.filter.duplicates import GRAM, near_duplicates


def _grams(text):
    return {text[i : i + GRAM] for i in range(len(text) - GRAM + 1)}


def _by_hand(questions, texts, limit):
    """The same with Python's sets, one pair at a time."""
    most = []
    for row, text in enumerate(texts):
        likeness = [0.0]
        for other in range(row):
            if questions[other] != questions[row] or most[other] >= limit:
                continue
            one, two = _grams(text), _grams(texts[other])
            union = len(one | two)
            equal = text == texts[other]
            likeness.append(1.0 if equal else len(one & two) / union if union else 0.0)
        most.append(max(likeness))
    return most


@pytest.mark.parametrize("limit", [0.3, 0.6, 0.9, 1.0])
def test_agrees_with_sets_compared_by_hand_on_random_texts(limit):
    rng = np.random.default_rng(3)
    for _ in range(20):
        size = int(rng.integers(1, 30))
        texts = ["".join(rng.choice(list("ab "), int(rng.integers(0, 25)))) for _ in range(size)]
        texts = [" ".join(text.split()) for text in texts]
        questions = rng.integers(0, 3, size)
        found = near_duplicates(questions, texts, limit)
        # Whether a text is a near-duplicate; equal texts are told at once, by hand in turn.
        assert (found >= limit).tolist() == [m >= limit for m in _by_hand(questions, texts, limit)]


def test_equal_texts_are_near_duplicates_within_a_question_alone():
    found = near_duplicates(np.array([0, 1, 0]), ["7", "7", "7"], 0.9)
    assert found.tolist() == [0.0, 0.0, 1.0]


def test_no_texts_have_no_duplicates():
    assert near_duplicates(np.array([], np.int64), [], 0.9).shape == (0,)


def test_blocks_end_between_questions_and_change_nothing(monkeypatch):
    rng = np.random.default_rng(5)
    texts = ["".join(rng.choice(list("ab "), 12)).strip().replace("  ", " a") for _ in range(200)]
    questions = rng.integers(0, 30, 200)
    whole = near_duplicates(questions, texts, 0.2)
    monkeypatch.setattr(duplicates, "_BLOCK", 1)
    np.testing.assert_array_equal(near_duplicates(questions, texts, 0.2), whole)
    assert 0 < (whole >= 0.2).sum() < 200


def test_letters_outside_the_basic_plane_and_runs_of_space_are_compared_as_letters():
    texts = ["nine 🦆 eggs left", "nine 🦆  \n eggs left", "nine 🐔 eggs left"]
    found = near_duplicates(np.zeros(3, np.int64), texts, 0.9)
    assert found[1] == 1.0
    assert found[2] == pytest.approx(_by_hand([0, 0], [texts[0], texts[2]], 0.9)[1])
