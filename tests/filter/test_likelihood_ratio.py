import numpy as np
import pytest
from scipy.stats import norm

from eval_predict.errors import UserError
from iwsi.filter.likelihood_ratio import loss_likelihood_ratio


def test_the_ratio_is_that_of_the_densities_that_losses_were_drawn_from():
    rng = np.random.default_rng(0)
    at_N, at_V = rng.normal(0.0, 0.5, 20_000), rng.normal(0.3, 0.4, 5_000)
    ratio_N = loss_likelihood_ratio(np.exp(at_N), np.exp(at_V))
    truth_N = norm.pdf(at_N, 0.3, 0.4) / norm.pdf(at_N, 0.0, 0.5)
    inside = (at_N > -0.7) & (at_N < 1.2)
    assert np.abs(np.log(ratio_N[inside] / truth_N[inside])).max() < 0.35
    assert np.abs(np.log(ratio_N[inside] / truth_N[inside])).mean() < 0.06


def test_of_like_losses_the_ratio_is_about_one():
    rng = np.random.default_rng(1)
    nll_N = rng.lognormal(size=4000)
    ratio_N = loss_likelihood_ratio(nll_N, nll_N[:2000])
    assert np.median(ratio_N) == pytest.approx(1.0, abs=0.1)


def test_what_has_no_finite_loss_has_no_ratio():
    ratio_N = loss_likelihood_ratio(np.array([1.0, np.nan, np.inf, 0.0]), np.array([0.9, 1.1]))
    assert np.isfinite(ratio_N).tolist() == [True, False, False, False]


def test_a_density_wants_two_labelled_rows():
    with pytest.raises(UserError, match="at least 2 for a density"):
        loss_likelihood_ratio(np.array([1.0]), np.array([1.0, np.nan]))
