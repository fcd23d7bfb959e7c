from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import eval_predict.data.matrix
from eval_predict import ScoreMatrix, UserError

GAP = np.nan


def test_zeros_and_ones_take_a_byte_each() -> None:
    for scores in ([[0, 1], [GAP, 1]], [[False, True], [True, True]], [[0, 1], [1, 1]]):
        matrix = ScoreMatrix.from_array(scores)
        assert (matrix.is_binary, matrix.stored_MN.dtype) == (True, np.uint8)
        np.testing.assert_array_equal(matrix.dense_MN(), scores)


def test_other_scores_are_floats() -> None:
    matrix = ScoreMatrix.from_array([[0.5, GAP], [1, 7]])
    assert (matrix.is_binary, matrix.stored_MN.dtype) == (False, np.float32)
    np.testing.assert_array_equal(matrix.dense_MN(), [[0.5, GAP], [1, 7]])
    assert matrix.range == (0.5, 7)


def test_bytes_that_are_no_zeros_or_ones_are_numbers() -> None:
    matrix = ScoreMatrix.from_array(np.array([[3, 1]], np.uint8))
    assert matrix.dense_MN().tolist() == [[3, 1]]
    stored = np.array([[1, 255]], np.uint8)  # 255 is how a missing one is stored
    assert ScoreMatrix.from_array(stored).missing_MN.tolist() == [[False, True]]


@pytest.mark.parametrize("block", [1, 7, 1 << 24])
@pytest.mark.parametrize("binary", [True, False])
def test_means_pass_over_missing_scores(
    monkeypatch: pytest.MonkeyPatch, block: int, binary: bool
) -> None:
    monkeypatch.setattr(eval_predict.data.matrix, "_BLOCK", block)
    rng = np.random.default_rng(0)
    scores_MN = rng.random((9, 5)).astype(np.float32)
    scores_MN = (scores_MN < 0.5).astype(np.float32) if binary else scores_MN
    scores_MN[rng.random((9, 5)) < 0.3] = GAP
    scores_MN[2], scores_MN[:, 3] = GAP, GAP
    matrix = ScoreMatrix.from_array(scores_MN)
    seen_MN = np.ma.masked_invalid(scores_MN.astype(float))
    np.testing.assert_allclose(matrix.mean_M, seen_MN.mean(axis=1).filled(GAP))
    np.testing.assert_allclose(matrix.mean_N, seen_MN.mean(axis=0).filled(GAP))


def test_a_missing_score_is_filled_by_item_mean_and_models_lead() -> None:
    # Item means 0.6, 0.5, 0.4; the third model leads by 0.2 and 0.2 on what it ran.
    scores_MN = [[0.4, 0.3, 0.4], [0.6, 0.5, 0.4], [0.8, 0.7, GAP]]
    filled_MN = ScoreMatrix.from_array(scores_MN).filled_MN()
    assert filled_MN[2, 2] == pytest.approx(0.6)
    np.testing.assert_allclose(filled_MN[:2], scores_MN[:2], rtol=1e-6)


def test_filling_stays_finite_and_in_range_whatever_is_missing() -> None:
    rng = np.random.default_rng(1)
    scores_MN = (rng.random((8, 12)) < 0.7).astype(float)
    scores_MN[rng.random((8, 12)) < 0.6] = GAP
    scores_MN[0], scores_MN[:, 0] = GAP, GAP
    filled_MN = ScoreMatrix.from_array(scores_MN).filled_MN()
    assert np.isfinite(filled_MN).all()
    assert filled_MN.min() >= 0
    assert filled_MN.max() <= 1
    nothing = ScoreMatrix.from_array([[GAP, GAP]])
    assert nothing.filled_MN().tolist() == [[0, 0]]
    assert nothing.range == (0, 1)


def test_models_are_taken_by_position_or_mask_with_the_metadata() -> None:
    metadata = pa.table({"item": ["0", "1"], "prompt": ["a", "b"]})
    matrix = ScoreMatrix.from_array([[0, 1], [1, 1], [0, 0]], metadata=metadata)
    taken = matrix.take_models([2, 0])
    assert taken.models == ("2", "0")
    assert taken.stored_MN.tolist() == [[0, 0], [0, 1]]
    assert taken.metadata is metadata
    assert matrix.take_models([True, False, True]).models == ("0", "2")


def test_unknown_items_are_counted_and_the_first_gets_a_guess() -> None:
    matrix = ScoreMatrix.from_array([[0, 1]], items=["gsm/1", "gsm/2"])
    assert matrix.positions(["gsm/2", "gsm/1"]).tolist() == [1, 0]
    with pytest.raises(UserError) as caught:
        matrix.positions(["gsm/2", "gms/1", *"abcde"])
    assert str(caught.value) == (
        'item: 6 of 7 unknown: "gms/1", "a", "b", "c", "d", …; expected items of the history'
        ' (2 of them). Did you mean "gsm/1"?'
    )


@pytest.mark.parametrize(
    ("scores", "names", "fault"),
    [
        ([1, 0], {}, r"scores_MN: shape \(2,\)"),
        (np.zeros((0, 3)), {}, r"scores_MN: shape \(0, 3\)"),
        ([[np.inf, 0]], {}, "scores_MN: infinite scores"),
        ([[1e39, 0]], {}, "scores_MN: infinite scores, or larger than 3.4e"),
        ([[1, 0]], {"items": ["a"]}, "items: 1 names; expected 2"),
        ([[1, 0]], {"items": ["a", "a"]}, 'items: "a" more than once'),
        ([[1], [0]], {"models": ["a", "b", "c"]}, "models: 3 names; expected 2"),
    ],
)
def test_bad_arrays_and_names_are_named(scores: Any, names: dict[str, Any], fault: str) -> None:
    with pytest.raises(UserError, match=fault):
        ScoreMatrix.from_array(scores, **names)
