import numpy as np
import pandas as pd
import pytest

from eval_predict.data.frames import in_order_of, is_frame, is_series, named_scores, names_of
from eval_predict.errors import UserError


def test_frames_and_series_are_distinguished():
    series = pd.Series({"a": 1.0})
    assert is_series(series)
    assert not is_series(series.to_frame())
    assert is_frame(series.to_frame())
    assert not is_series(np.zeros(2))


def test_names_are_texts_and_come_once():
    assert names_of("items", [1, "b"]) == ("1", "b")
    with pytest.raises(UserError, match='"a" more than once'):
        names_of("items", ["a", "a"])
    with pytest.raises(UserError, match="True"):
        names_of("items", [True])


def test_a_missing_score_is_nan():
    found = named_scores({"a": 1, "b": None})
    assert found.names == ("a", "b")
    np.testing.assert_array_equal(found.scores, [1.0, np.nan])


def test_a_series_is_put_in_anothers_order_and_never_by_place():
    given, reference = pd.Series({"a": 1, "b": 2}), pd.Series({"b": 0, "a": 0})
    assert list(in_order_of("scores", given, reference)) == [2, 1]
    with pytest.raises(UserError, match="1 items that only one"):
        in_order_of("scores", pd.Series({"a": 1, "b": 2}), pd.Series({"a": 1}))
