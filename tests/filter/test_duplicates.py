import numpy as np
import pytest

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
