import numpy as np

from eval_predict.select.fixed import filled_up, fixed_selection


def test_a_fixed_selection_is_one_row_without_probabilities() -> None:
    selection = fixed_selection(np.array([4, 1, 7]))
    assert selection.items_Tn.tolist() == [[4, 1, 7]]
    assert np.isnan(selection.probability_Tn).all()
    assert selection.probability_Tn.shape == (1, 3)


def test_more_items_than_the_budget_are_cut_in_their_order() -> None:
    found = filled_up(np.array([5, 0, 3]), 2, 6, np.random.default_rng(0))
    assert found.tolist() == [5, 0]


def test_missing_items_are_drawn_from_the_others_without_repeats() -> None:
    found = filled_up(np.array([5, 0]), 6, 6, np.random.default_rng(0))
    assert found[:2].tolist() == [5, 0]
    assert sorted(found) == [0, 1, 2, 3, 4, 5]
