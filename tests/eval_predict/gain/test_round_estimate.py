import numpy as np
import pytest

from eval_predict import Observed
from eval_predict.gain.item_model import Regressors
from eval_predict.gain.round_estimate import exact_round, pooled_variance, round_estimate

N = 200


def _level_only(sd: float = 10.0) -> Regressors:
    """An intercept: every item has the same expected score."""
    return Regressors(np.ones((N, 1)), np.zeros(N), np.zeros(1), np.array([sd]))


def _even(scores_n: np.ndarray) -> Observed:
    n = scores_n.size
    return Observed(
        np.arange(n)[None], scores_n[None], np.full((1, n), n / N), np.zeros(n, np.intp)
    )


def test_an_even_sample_and_an_intercept_give_the_sample_mean() -> None:
    scores_n = np.repeat([1.0, 0.0], [30, 10])
    estimate = round_estimate(_level_only(), _even(scores_n))
    assert estimate.robust == pytest.approx(0.75, abs=1e-3)
    assert estimate.modelled == pytest.approx(0.75, abs=1e-3)
    # p (1 − p) / n with the finite-population correction 1 − 40 / 200, by hand: 0.00375.
    # Two degrees of freedom are fitted and leave-one-out errors are larger: 40 / 38 each.
    assert estimate.robust_variance == pytest.approx(0.75 * 0.25 / 40 * 0.8, rel=0.12)
    assert estimate.modelled_variance == pytest.approx(0.75 * 0.25 / 40 * 0.8, rel=0.1)


def test_the_distance_has_no_variance_where_both_estimates_are_the_same() -> None:
    estimate = round_estimate(_level_only(), _even(np.repeat([1.0, 0.0], [30, 10])))
    assert estimate.distance_variance < 1e-8


def test_a_model_with_a_wrong_prior_leaves_the_robust_estimate_alone() -> None:
    # The prior holds the level at one half; the scores say 0.75.
    estimate = round_estimate(_level_only(sd=0.01), _even(np.repeat([1.0, 0.0], [30, 10])))
    assert estimate.robust == pytest.approx(0.75, abs=1e-3)
    assert estimate.modelled == pytest.approx((30 + 0.5 * 160) / 200, abs=5e-3)
    assert estimate.distance == pytest.approx(0.2, abs=5e-3)


def test_the_bounds_are_what_the_items_not_run_leave_open() -> None:
    estimate = round_estimate(_level_only(), _even(np.repeat([1.0, 0.0], [30, 10])))
    assert (estimate.low, estimate.high) == pytest.approx((30 / 200, 190 / 200))


def test_a_sample_without_an_error_has_a_variance() -> None:
    assert round_estimate(_level_only(), _even(np.ones(40))).robust_variance > 0
    assert pooled_variance(0.0, 0.04, 15) == pytest.approx(0.04 * 5 / 20)


def test_a_round_that_was_run_in_full_is_exact() -> None:
    estimate = exact_round(_even(np.repeat([1.0, 0.0], [150, 50])))
    assert estimate.exact
    assert (estimate.robust, estimate.low, estimate.high) == (0.75, 0.75, 0.75)


def test_graded_scores_have_the_variance_of_their_own_errors() -> None:
    graded = round_estimate(_level_only(), _even(np.tile([0.4, 0.6], 20)))
    binary = round_estimate(_level_only(), _even(np.tile([0.0, 1.0], 20)))
    # Errors of 0.1 against errors of 0.5.
    assert graded.modelled_variance == pytest.approx(binary.modelled_variance / 25, rel=0.05)
