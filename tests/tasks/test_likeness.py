"""Which questions are the same but for their dress, and which nearly are."""

import numpy as np
import pytest

from iwsi.filter.duplicates import near_duplicates
from iwsi.tasks.likeness import near_pairs, normal_form


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("How many are left?", "how many are left"),
        ("A  b\nc.", "a b c"),
        ("“Who” said so", '"Who" said so!'),
        ("What is 2 + 3 ?", "What is 2+3?"),
        ("\uff28\uff49", "hi"),
    ],
)
def test_case_spaces_and_punctuation_are_dress(left, right):
    assert normal_form(left) == normal_form(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("What is 5 + 3?", "What is 5 - 3?"),
        ("What is 2 3?", "What is 23?"),
        ("It costs 3.5", "It costs 35"),
        ("2 * (3 + 4)", "2 * 3 + 4"),
        ("at 3:30", "at 330"),
        ("!!", "??"),
    ],
)
def test_what_changes_a_sum_is_no_dress(left, right):
    assert normal_form(left) != normal_form(right)


def test_near_pairs_are_those_that_the_distinct_filter_would_find():
    rng = np.random.default_rng(0)
    words = np.array(
        [
            "the",
            "cat",
            "sat",
            "on",
            "a",
            "mat",
            "with",
            "two",
            "red",
            "hats",
            "and",
            "five",
            "green",
            "pens",
        ]
    )
    texts = [" ".join(rng.choice(words, 30)) for _ in range(60)]
    others = []
    for text in texts[:30]:  # each with a few words changed
        changed = text.split()
        for place in rng.choice(30, rng.integers(1, 5), replace=False):
            changed[place] = "x"
        others.append(" ".join(changed))
    for limit in (0.6, 0.8):
        found = {
            (pair.row, pair.other): pair.similarity for pair in near_pairs(texts, others, limit)
        }
        expected = {}
        for row, text in enumerate(texts):
            counts = [near_duplicates(np.zeros(2, np.int64), [text, o], 1.0)[1] for o in others]
            best = int(np.argmax(counts))
            if counts[best] >= limit:
                expected[row, best] = pytest.approx(counts[best])
        assert found == expected
        assert expected


def test_equal_texts_are_no_near_pair_and_short_ones_have_none():
    assert near_pairs(["the same words"], ["the same words"]) == []
    assert near_pairs(["ab", ""], ["abc"]) == []
