from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed_logs import join, of_log
from eval_predict.data.readers import Reading
from eval_predict.errors import UserError

LOGS = [Path("new.jsonl")]


def _matrix(items, prompts=None, models=("m",)):
    metadata = None
    if prompts is not None:
        metadata = pa.table({"item": list(items), "prompt": list(prompts)})
    scores_MN = np.tile(np.arange(len(items)) % 2, (len(models), 1))
    return ScoreMatrix.from_array(scores_MN, list(models), list(items), metadata)


def _log(items, tasks=(), **more):
    return Reading(_matrix(items, **more), "HELM", "acc", tasks=tuple(tasks))


@pytest.mark.parametrize(
    ("log", "tasks", "history"),
    [
        (["0", "1"], (), ["0", "1"]),  # the same names
        (["arc/0", "arc/1"], ("arc", "arc"), ["0", "1"]),  # the history has one task
        (["0", "1"], ("arc", "arc"), ["arc/0", "arc/1"]),  # the log has one task
        (["0", "1"], (), ["arc/0", "arc/1"]),  # the log does not name its task
    ],
)
def test_items_are_found_by_the_historys_names_with_a_task_or_without(log, tasks, history):
    found = of_log(LOGS, _log(log, tasks), _matrix(history), None)
    assert found.scores == {history[0]: 0.0, history[1]: 1.0}


def test_a_number_that_two_tasks_have_is_not_guessed():
    found = of_log(LOGS, _log(["0"]), _matrix(["arc/0", "boolq/0"]), None)
    assert found.scores == {"0": 0.0}


def test_one_of_several_models_has_to_be_named():
    log = _log(["0", "1"], models=("a", "b"))
    with pytest.raises(UserError, match="2 models; expected one of a, b"):
        of_log(LOGS, log, _matrix(["0", "1"]), None)
    with pytest.raises(UserError, match='no results of "c"'):
        of_log(LOGS, log, _matrix(["0", "1"]), "c")
    assert of_log(LOGS, log, _matrix(["0", "1"]), "b").scores == {"0": 0.0, "1": 1.0}


def test_other_prompts_under_the_same_numbers_are_a_warning():
    history = _matrix("abc", ["What is 1?", "What is 2?", "What is 3?"])
    same = _log("abc", prompts=["<user>What is 1?", "<user>What is 2?", "Who is 3?"])
    assert of_log(LOGS, same, history, None).warnings == ()
    other = _log("abc", prompts=["Who is 1?", "Who is 2?", "What is 3?"])
    [warning] = of_log(LOGS, other, history, None).warnings
    assert warning.startswith("2 of 3 prompts differ from the history's")


def test_rows_of_select_take_their_scores_from_the_log():
    drawn = [{"item": "a", "probability": 0.5}, {"item": "b", "probability": 0.5, "score": 0}]
    joined = join("w", drawn, {"a": 1.0, "b": 1.0, "c": 1.0})
    assert joined == [{**drawn[0], "score": 1.0}, drawn[1]]
    assert join("w", [], {"a": 1.0}) == [{"item": "a", "score": 1.0}]


def test_a_plain_table_beside_rows_of_select_counts_as_a_log():
    rows = [{"item": "a", "probability": 0.5, "score": None}, {"item": "a", "score": 1}]
    assert join("w", rows, {}) == [{"item": "a", "probability": 0.5, "score": 1}]


def test_rows_without_scores_and_no_log_are_refused():
    with pytest.raises(UserError, match="Run the items and add a column score"):
        join("w", [{"item": "a", "probability": 0.5}], {})
