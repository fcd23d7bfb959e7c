import math

import numpy as np
import pandas as pd
import pytest

from eval_predict import ScoreMatrix, UserError
from eval_predict.data.handed_in import as_matrix, as_observed

FRAME = pd.DataFrame([[1.0, 0.0, np.nan], [0.0, 1.0, 1.0]], index=["a", "b"], columns=[10, 2, 1])
MATRIX = as_matrix(FRAME)


def test_a_frame_keeps_its_names_and_their_order() -> None:
    assert (MATRIX.models, MATRIX.items) == (("a", "b"), ("10", "2", "1"))
    np.testing.assert_array_equal(MATRIX.dense_MN(), FRAME.to_numpy())
    same = ScoreMatrix.from_array(FRAME, models=["a", "b"])
    assert same.models == ("a", "b")
    with pytest.raises(UserError, match="items: other names than the frame's own"):
        ScoreMatrix.from_array(FRAME, items=["x", "y", "z"])


@pytest.mark.parametrize(
    ("frame", "fault"),
    [
        (FRAME.set_axis(["a", "a"]), 'models: "a" more than once'),
        (FRAME.set_axis([1, 2, 2], axis=1), 'items: "2" more than once'),
        (FRAME.set_axis(["1", 1, 2], axis=1), 'items: "1" more than once'),
        (FRAME.set_axis(["x", None, "y"], axis=1), "items: the name nan"),
        (FRAME.set_axis([1.0, 2.0, 3.5], axis=1), "items: the name 1.0"),
        (FRAME.astype(object).replace(1.0, "good"), "could not convert"),
        (FRAME.iloc[:0], r"shape \(0, 3\)"),
    ],
)
def test_frames_that_would_lose_or_guess_names_are_refused(frame: object, fault: str) -> None:
    with pytest.raises(UserError, match=fault):
        as_matrix(frame)


def test_rows_that_repeat_a_pair_are_refused() -> None:
    rows = pd.DataFrame({"model": ["a", "a"], "item": ["1", "1"], "score": [1, 0]})
    with pytest.raises(UserError, match="1 rows repeat a model and an item"):
        as_matrix(rows)


def test_a_path_is_not_guessed_at() -> None:
    with pytest.raises(UserError, match="Read the file first"):
        as_matrix("scores.parquet")


def test_scores_by_name_find_their_items() -> None:
    observed, warnings = as_observed({1: 0.5, "10": 1}, MATRIX)
    assert observed.items_Tn.tolist() == [[2, 0]]
    assert observed.scores_Tn.tolist() == [[0.5, 1]]
    np.testing.assert_allclose(observed.probability_Tn, 2 / 3)
    assert warnings == ("no inclusion probabilities given: taken as an even random draw",)


def test_items_without_a_score_were_not_run_and_that_is_stated() -> None:
    observed, warnings = as_observed(pd.Series({"10": 1.0, "2": math.nan}), MATRIX)
    assert observed.items_Tn.tolist() == [[0]]
    assert "1 of 2 items have no score: taken as not run" in warnings
    whole = as_observed(pd.Series({"10": 1.0, "2": math.nan, "1": 0.0}), MATRIX)
    assert len(whole.warnings) == 1


@pytest.mark.parametrize(
    ("scores", "fault"),
    [
        ({"3": 1}, '1 of 1 unknown: "3"'),
        (pd.Series([1, 0], index=["1", "1"]), '"1" more than once'),
        (pd.Series([1, 0], index=["1", None]), "the name"),
        ({"1": "good"}, "could not convert"),
        ({"1": math.nan}, "no score"),
        ([1, 0], r"shape \(2,\); expected \(3,\)"),
        ([1, 0, 1], "scores without item names"),
        (pd.DataFrame({"item": ["1"], "scores": [1]}), "without the column score"),
        (
            pd.DataFrame({"item": ["1", "2"], "score": [1, None], "probability": [0.5, 0.5]}),
            "1 of 2 rows without a score",
        ),
    ],
)
def test_scores_that_cannot_be_placed_are_refused(scores: object, fault: str) -> None:
    with pytest.raises(UserError, match=fault):
        as_observed(scores, MATRIX)


def test_rows_with_probabilities_keep_them() -> None:
    rows = pd.DataFrame(
        {"item": ["1", "10"], "score": [1, 0], "probability": [0.5, None], "stage": [1, 0]}
    )
    observed, warnings = as_observed(rows, MATRIX)
    assert observed.items_Tn.tolist() == [[0, 2]]
    np.testing.assert_array_equal(observed.probability_Tn, [[math.nan, 0.5]])
    assert observed.stage_n.tolist() == [0, 1]
    assert warnings == ()
