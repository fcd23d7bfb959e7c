"""Synthetic scores by optimal transport: the right items are matched, errors name the fault."""

import numpy as np
import pytest

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.errors import UserError
from eval_predict.predict.published import transport as module
from eval_predict.predict.published.cf import CollaborativeFiltering
from eval_predict.predict.published.transport import (
    RelatedTask,
    synthesise,
    transport,
)


def matrix(models: int = 12, items: int = 40) -> ScoreMatrix:
    return ScoreMatrix.from_array(np.random.default_rng(0).random((models, items)))


def test_the_same_items_in_another_order_are_found_again() -> None:
    history = matrix()
    order = np.random.default_rng(1).permutation(40)
    there = ScoreMatrix.from_array(history.filled_MN()[:, order])
    target = np.random.default_rng(2).random((1, 40))
    made = synthesise([transport(history, RelatedTask(there, target[:, order]))], 1)
    np.testing.assert_allclose(made, target)


def test_weights_of_each_item_sum_to_one_whatever_the_sizes() -> None:
    there = ScoreMatrix.from_array(np.random.default_rng(3).random((12, 17)))
    plan = transport(matrix(), RelatedTask(there, np.zeros((1, 17)))).plan_NK
    np.testing.assert_allclose(plan.sum(axis=1), 1)
    np.testing.assert_allclose(plan.sum(axis=0), 40 / 17)


def test_large_tasks_are_matched_slice_by_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BLOCK", 10)
    history = matrix()
    target = history.filled_MN()[:1]
    made = synthesise([transport(history, RelatedTask(history, target))], 1)
    np.testing.assert_allclose(made, target, rtol=1e-5)


def test_the_task_on_which_models_behave_alike_decides() -> None:
    target = matrix()
    noise = ScoreMatrix.from_array(np.random.default_rng(4).random((12, 40)))
    tasks = [RelatedTask(target, np.full((1, 40), 0.9)), RelatedTask(noise, np.full((1, 40), 0.1))]
    made = synthesise([transport(target, task) for task in tasks], 1)
    assert (made > 0.85).all()


def test_items_that_were_not_run_there_are_left_out() -> None:
    target = matrix()
    scores = np.full((1, 40), np.nan)
    made = synthesise([transport(target, RelatedTask(target, scores))], 1)
    assert np.isnan(made).all()
    predictor = CollaborativeFiltering([RelatedTask(target, scores)]).fit(target)
    plain = CollaborativeFiltering().fit(target)
    items, even = np.arange(9)[None], np.full((1, 9), 9 / 40)
    observed = Observed(items, target.filled_MN()[:1, :9], even, np.zeros(9, np.intp))
    assert predictor.predict(observed) == plain.predict(observed)


@pytest.mark.parametrize(
    ("history", "scores", "message"),
    [
        (ScoreMatrix.from_array(np.eye(3), models="xyz"), np.zeros((1, 3)), "0 models"),
        (matrix(), np.zeros((1, 3)), r"shape \(1, 3\)"),
    ],
)
def test_related_tasks_that_do_not_fit_are_refused(
    history: ScoreMatrix, scores: np.ndarray, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        transport(matrix(), RelatedTask(history, scores))


def test_another_number_of_targets_is_refused() -> None:
    made = transport(matrix(), RelatedTask(matrix(), np.zeros((2, 40))))
    with pytest.raises(UserError, match="scores of 2 targets"):
        synthesise([made], 1)
