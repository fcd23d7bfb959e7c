import math

import pytest

from iwsi.evaluation.repetition import distinct_ngrams, self_bleu


def test_distinct_ngrams_are_counted_over_all_texts():
    assert distinct_ngrams(["a b c", "a b d"], 2) == 3 / 4
    assert distinct_ngrams(["a b"], 3) is None


def test_self_bleu_by_hand():
    # Orders 1 to 4 of each: "a b c d" 3/4, 2/3, 1/2, none (0.1/1); "a b c e" the same.
    score = math.exp((math.log(3 / 4) + math.log(2 / 3) + math.log(1 / 2) + math.log(0.1)) / 4)
    assert self_bleu(["a b c d", "a b c e"]) == pytest.approx(score)


def test_a_shorter_text_pays_for_its_brevity():
    # "a b" lies in "a b c d": precisions 1, and exp(1 - 4/2); the longer one matches 2/4, 1/3,
    # then 0.1/2 and 0.1/1.
    short = math.exp(1 - 4 / 2)
    long = math.exp((math.log(2 / 4) + math.log(1 / 3) + math.log(0.1 / 2) + math.log(0.1)) / 4)
    assert self_bleu(["a b", "a b c d"]) == pytest.approx((short + long) / 2)


def test_matches_are_limited_by_the_most_that_another_text_has():
    # "a a a a" against "a b": one of four, then 0.1/3, 0.1/2, 0.1/1; back: 1/2, 0.1/1, brevity.
    one = math.exp((math.log(1 / 4) + math.log(0.1 / 3) + math.log(0.1 / 2) + math.log(0.1)) / 4)
    two = math.exp(1 - 4 / 2 + (math.log(1 / 2) + math.log(0.1)) / 2)
    assert self_bleu(["a a a a", "a b"]) == pytest.approx((one + two) / 2)


def test_one_text_alone_repeats_nothing():
    assert self_bleu(["a b c d", "  "]) is None
