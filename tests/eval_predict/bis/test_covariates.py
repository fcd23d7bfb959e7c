"""Covariates: what is counted, and that any text can be."""

import numpy as np
import pytest

from eval_predict.bis.covariates import surface_covariates


def _of(text):
    names, values_NC = surface_covariates([text])
    return dict(zip(names, values_NC[0], strict=True))


def test_counts_are_logarithms_of_one_more():
    measured = _of("Tom has 12 apples. He eats 3 of them; how many are left?")
    assert measured["numbers"] == pytest.approx(np.log(3))
    assert measured["question_marks"] == pytest.approx(np.log(2))
    assert measured["words"] == pytest.approx(np.log(12))


def test_options_are_found_in_lines_and_in_lists():
    lines = _of("Which?\n(A) 3 m\n(B) 4 m\n(C) red")
    listed = _of("Which? ['A)3', 'B)4', 'C)red']")
    for measured in (lines, listed):
        assert measured["options"] == pytest.approx(np.log(4))
        assert measured["numeric_options"] == pytest.approx(2 / 3)
        assert measured["stem_words"] == pytest.approx(np.log(2))
    assert _of("A) is no list")["options"] == 0


@pytest.mark.parametrize("text", ["", " ", "\n\n", "🙂", "9" * 400, "a" * 20_000, "\\frac{1}{2}"])
def test_any_text_gives_finite_numbers(text):
    assert np.isfinite(list(_of(text).values())).all()


def test_every_prompt_has_the_same_names_in_any_order():
    names, values_NC = surface_covariates(["one 1", "two, 2?", "(A) x\n(B) y"])
    again, turned_NC = surface_covariates(["(A) x\n(B) y", "two, 2?", "one 1"])
    assert names == again
    np.testing.assert_array_equal(values_NC, turned_NC[::-1])
