import pytest

from eval_predict.errors import UserError
from eval_predict.estimators.scoring import check_random_state, scores_of


def test_scores_by_name_are_put_in_the_order_of_the_items():
    assert scores_of(["a", "b"], {"b": 1, "a": 0}).tolist() == [0, 1]
    assert scores_of(["a", "b"], [0, 1]).tolist() == [0, 1]


@pytest.mark.parametrize("given", [[1], [1, None], {"a": 1}, {"a": 1, "b": 0, "c": 1}, ["x", "y"]])
def test_scores_that_do_not_fit_the_items_are_refused(given):
    with pytest.raises(UserError, match="score_items"):
        scores_of(["a", "b"], given)


@pytest.mark.parametrize("seed", [-1, 0.5, True, None])
def test_a_seed_is_a_whole_number(seed):
    with pytest.raises(UserError, match="random_state"):
        check_random_state(seed)
