import math

import pytest

from eval_predict.data.readers.values import score_of, text_of, verdict


@pytest.mark.parametrize(
    ("value", "score"),
    [
        (True, 1.0),
        (0, 0.0),
        ("C", 1.0),
        (" Incorrect ", 0.0),
        ("P", 0.5),
        ("N", 0.0),
        ("85%", 0.85),
        ("0.25", 0.25),
    ],
)
def test_words_and_numbers_are_scores(value: object, score: float) -> None:
    assert score_of(value) == pytest.approx(score)


@pytest.mark.parametrize("value", [None, "", "NaN", "null", "$ERROR$", math.nan])
def test_a_missing_value_is_nan(value: object) -> None:
    assert math.isnan(score_of(value) or 0.0)


@pytest.mark.parametrize("value", ["maybe", [1], {"a": 1}, math.inf, "inf"])
def test_what_is_no_score_is_none(value: object) -> None:
    assert score_of(value) is None


def test_a_verdict_is_one_zero_or_missing() -> None:
    assert verdict("resolved", "resolved", ("failed",)) == 1.0
    assert verdict("failed", "resolved", ("failed",)) == 0.0
    assert math.isnan(verdict("timeout", "resolved", ("failed",)))


def test_a_whole_float_is_named_without_its_point() -> None:
    assert [text_of(value) for value in (3.0, 3.5, "03", 7)] == ["3", "3.5", "03", "7"]
