import numpy as np
import pytest

from eval_predict import ScoreMatrix, UserError, mean_score, paired_difference
from eval_predict.data.readers import Reading, Repeats
from eval_predict.stats.model_summary import compare_models, summarise_models

SCORES = np.array([[1, 1, 0, np.nan], [0, 1, 0, 1], [np.nan] * 4])
MATRIX = ScoreMatrix.from_array(SCORES, ["new", "old", "empty"])


def test_each_model_with_a_score_gets_its_mean_and_its_gaps() -> None:
    new, old = summarise_models(Reading(MATRIX, "a table", "score"), 0.9)
    assert (new.model, new.missing, new.mean) == ("new", 1, mean_score([1, 1, 0], 0.9))
    assert (old.model, old.missing) == ("old", 0)
    assert set(new.to_dict()) == {"model", "missing", *new.mean.to_dict()}


def test_tasks_and_repeats_are_reported_where_there_are_any() -> None:
    variance_MN = np.full((3, 4), np.nan)
    variance_MN[0, :2] = 0.5, 0.0
    counts = np.array([[3, 2, 1, 0], [1] * 4, [0] * 4], np.int32)
    reading = Reading(
        MATRIX, "a table", "score", tasks=("a", "a", "b", "b"), repeats=Repeats(counts, variance_MN)
    )
    new, old = summarise_models(reading)
    assert new.tasks == {"a": 1.0, "b": 0.0}
    assert (new.repeats, new.within_item_variance) == (3, 0.25)
    assert (old.repeats, old.within_item_variance) == (1, None)
    assert new.to_dict()["tasks"] == {"a": 1.0, "b": 0.0}


def test_two_models_are_compared_on_the_items_of_both() -> None:
    comparison = compare_models(Reading(MATRIX, "a table", "score"), "new", "old")
    assert comparison.items == {"both": 3, "model": 3, "baseline": 4}
    assert comparison.difference == paired_difference([1, 1, 0], [0, 1, 0])
    assert comparison.to_dict()["items"] == comparison.items
    with pytest.raises(UserError, match='"new" and "empty" share no item'):
        compare_models(Reading(MATRIX, "a table", "score"), "new", "empty")
    with pytest.raises(UserError, match=r'no model "odl"; expected one of .* Did you mean "old"'):
        compare_models(Reading(MATRIX, "a table", "score"), "new", "odl")
