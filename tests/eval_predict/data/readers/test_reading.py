import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.readers.reading import Reading, ReadOptions, Repeats, Runs, Scale


def _reading(**more):
    matrix = ScoreMatrix.from_array([[1, 0, np.nan], [1, 1, 0]], ["a", "b"], ["x", "y", "z"])
    return Reading(matrix, "HELM", "f1", **more)


def test_only_the_facets_that_were_chosen_are_given():
    assert ReadOptions(split="test", judge="j").facets() == {"split": "test", "judge": "j"}
    assert ReadOptions(metrics=("f1",)).facets() == {}


def test_one_line_says_what_was_read():
    assert _reading().describe() == "2 models × 3 items, 16.7% missing, f1 (HELM)"
    graded = _reading(scale=Scale(1, 10), clusters=("p", "p", "q"))
    assert graded.describe() == "2 models × 3 items, 16.7% missing, f1 on 1–10, 2 clusters (HELM)"


def test_repeats_and_runs_are_counted_in_it():
    count_MN = np.array([[2, 2, 0], [1, 1, 1]], np.int32)
    repeats = Repeats(count_MN, np.zeros((2, 3)))
    assert repeats.most == 2
    reading = _reading(repeats=repeats, runs={"a": Runs(("0", "1"), np.zeros((2, 3)))})
    assert "(7 scores), up to 2 runs a model," in reading.describe()
    record = reading.to_dict()
    assert (record["repeats"], record["scores"]) == (2, 7)
    assert _reading().to_dict()["scores"] == 5


def test_a_share_needs_no_scale():
    assert Scale().is_share
    assert not Scale(0, 10).is_share
    assert str(Scale(1, 10)) == "1–10"
