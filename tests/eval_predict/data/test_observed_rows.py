import math

import numpy as np
import pytest

from eval_predict.data import observed_rows
from eval_predict.errors import UserError


def test_rows_at_the_end_of_a_draw_that_were_not_run_are_left_out():
    rows = [
        {"item": "a", "order": 0, "drawn": 2, "score": 1},
        {"item": "b", "order": 1, "drawn": 2, "score": None},
    ]
    assert observed_rows.run_rows(rows) == rows[:1]
    plain = [{"item": "a", "score": None}]
    assert observed_rows.run_rows(plain) == plain


def test_probabilities_of_a_draw_that_was_cut_short_are_those_of_what_was_run():
    """Two of four drawn with 1/2 each were run, in random order: 1/2 · 2/4 = 1/4."""
    rows = [{"item": name, "order": n, "drawn": 4, "score": 1} for n, name in enumerate("ab")]
    found = observed_rows.completed("w", rows, np.full(2, 0.5), np.zeros(2, np.intp))
    assert found.probability_n.tolist() == [0.25, 0.25]
    assert found.findings


def test_a_draws_order_is_a_whole_number():
    rows = [{"item": "a", "order": 0.5, "drawn": 1, "score": 1}]
    with pytest.raises(UserError, match=r"order: 0\.5 for item"):
        observed_rows.completed("w", rows, np.ones(1), np.zeros(1, np.intp))


def test_an_empty_probability_is_that_of_a_chosen_item():
    assert math.isnan(observed_rows.probability_of("w", {"item": "a", "probability": None}))
    assert observed_rows.probability_of("w", {"item": "a", "probability": 1}) == 1


def test_a_number_that_no_float_holds_is_no_score():
    with pytest.raises(UserError, match="1 of 1 not finite"):
        observed_rows.scores_of("w", [{"item": "a", "score": 10**400}])


def test_an_items_repeats_count_by_their_mean_where_a_column_distinguishes_them():
    rows = [
        {"item": "b", "score": 1, "trial": 0},
        {"item": "a", "score": 0, "trial": 0},
        {"item": "b", "score": 0, "trial": 1},
    ]
    found = observed_rows.averaged("w", rows)
    assert [(row["item"], row["score"]) for row in found] == [("b", 0.5), ("a", 0)]
    with pytest.raises(UserError, match="Number an item's repeats"):
        observed_rows.averaged("w", [{**row, "trial": 0} for row in rows])
