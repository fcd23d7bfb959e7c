import pandas as pd
import pytest

from eval_predict.data.clusters import labels_of
from eval_predict.errors import UserError


def test_labels_come_in_the_order_of_the_items():
    assert labels_of({"b": 1, "a": 2}, ["a", "b"]) == ["2", "1"]
    assert labels_of(pd.Series({"b": "x", "a": "y"}), ["a", "b"]) == ["y", "x"]


@pytest.mark.parametrize("label", [None, "", float("nan")])
def test_an_item_without_a_label_is_named(label):
    with pytest.raises(UserError, match=r'1 of 2 items \(first: "b"\)'):
        labels_of({"a": 1, "b": label}, ["a", "b"])
