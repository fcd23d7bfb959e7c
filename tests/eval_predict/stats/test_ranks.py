import numpy as np
import pytest

from eval_predict import UserError
from eval_predict.stats.ranks import Predicted, simultaneous_ranks


def _scores(shares: list[float], N: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.random((len(shares), N)) < np.array(shares)[:, None]).astype(float)


def test_far_models_are_ordered_surely_and_near_ones_are_not() -> None:
    scores_MN = _scores([0.3, 0.9, 0.88, 0.3], 800, 0)
    ranks = simultaneous_ranks(scores_MN, 0.95, np.random.default_rng(0))
    assert set(ranks.order_M[:2].tolist()) == {1, 2}
    assert ranks.best_M[[1, 2]].tolist() == [1, 1]
    assert ranks.worst_M[[1, 2]].tolist() == [2, 2]
    assert ranks.best_M[[0, 3]].tolist() == [3, 3]
    assert [set(group) for group in ranks.groups] == [{1, 2}, {0, 3}]


def test_two_models_have_the_quantile_of_a_single_comparison() -> None:
    ranks = simultaneous_ranks(_scores([0.5, 0.6], 400, 1), 0.95, np.random.default_rng(0))
    assert ranks.quantile == pytest.approx(1.96, abs=0.12)


def test_many_models_take_a_larger_quantile_than_two() -> None:
    ranks = simultaneous_ranks(_scores([0.5] * 20, 400, 2), 0.95, np.random.default_rng(0))
    # Tukey's studentised range for 20 means: 5.01 / √2 = 3.54.
    assert ranks.quantile == pytest.approx(3.54, abs=0.2)


def test_equal_models_are_distinguished_in_one_of_twenty_draws_at_most() -> None:
    wrong = 0
    for seed in range(60):
        scores_MN = _scores([0.7] * 6, 150, seed)
        ranks = simultaneous_ranks(scores_MN, 0.9, np.random.default_rng(seed))
        wrong += bool((ranks.best_M > 1).any())
    # Of 60 draws 6 are expected at level 0.9; 12 would be exceeded in 1% of such tests.
    assert wrong <= 12


def test_three_items_do_not_make_a_sure_winner_of_many() -> None:
    scores_MN = np.array([[1.0, 1, 1], [0, 0, 0], [0, 0, 0], [0, 0, 0]])
    ranks = simultaneous_ranks(scores_MN, 0.95, np.random.default_rng(0))
    assert ranks.worst_M[0] == 4
    same = simultaneous_ranks(np.ones((3, 5)), 0.95, np.random.default_rng(0))
    assert same.best_M.tolist() == [1, 1, 1]
    assert same.worst_M.tolist() == [3, 3, 3]


def test_one_model_and_missing_scores_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(UserError, match="at least two of each"):
        simultaneous_ranks(np.ones((1, 5)), 0.95, rng)
    with pytest.raises(UserError, match="missing scores"):
        simultaneous_ranks(np.array([[1, np.nan], [0, 1]]), 0.95, rng)


def test_a_prediction_without_error_is_one_more_model() -> None:
    scores_MN = _scores([0.2, 0.5, 0.9], 200, 0)
    new = Predicted(float(scores_MN[2].mean()), 0.0, scores_MN[2])
    joint = simultaneous_ranks(scores_MN[:2], 0.95, np.random.default_rng(0), new)
    plain = simultaneous_ranks(scores_MN, 0.95, np.random.default_rng(0))
    assert joint.best_M.tolist() == plain.best_M.tolist() == [3, 2, 1]
    assert joint.quantile == plain.quantile


def test_a_prediction_without_interval_may_have_any_rank() -> None:
    scores_MN = _scores([0.2, 0.5, 0.9], 200, 0)
    new = Predicted(0.9, np.inf, scores_MN[2])
    joint = simultaneous_ranks(scores_MN, 0.95, np.random.default_rng(0), new)
    assert (joint.best_M[3], joint.worst_M[3]) == (1, 4)
    assert joint.worst_M[2] == 2  # the third model is still better than the other two


def test_ranks_with_a_prediction_hold_at_once() -> None:
    rng, held = np.random.default_rng(1), 0
    for _ in range(100):
        # Four models that are alike; the fourth is predicted with the error that it has.
        scores_MN = (rng.random((4, 80)) < 0.5).astype(float)
        new = Predicted(float(scores_MN[3].mean()) + rng.normal(0, 0.05), 0.05**2, scores_MN[3])
        ranks = simultaneous_ranks(scores_MN[:3], 0.9, rng, new)
        held += bool((ranks.best_M == 1).all() and (ranks.worst_M == 4).all())
    assert held >= 90 - 9  # three standard errors
