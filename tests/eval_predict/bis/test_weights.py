"""Weights: they sum to one, are cut where asked, and their tail is judged as arviz judges it."""

import numpy as np
import pytest

from eval_predict.bis.weights import pareto_smooth, weigh
from eval_predict.errors import UserError


@pytest.mark.parametrize("truncate", [0.5, 0.9, 1.0, "psis"])
def test_weights_sum_to_one_whatever_the_constant(truncate):
    log_ratio_S = np.random.default_rng(0).normal(0, 2, 400)
    weight_S = weigh(log_ratio_S, truncate).weight_S
    assert weight_S.sum() == pytest.approx(1)
    shifted_S = weigh(log_ratio_S + 900, truncate).weight_S
    np.testing.assert_allclose(shifted_S, weight_S, rtol=1e-9)


def test_weights_follow_the_order_of_their_items():
    log_ratio_S = np.random.default_rng(1).normal(size=300)
    order = np.random.default_rng(2).permutation(300)
    for truncate in (0.9, "psis"):
        forward, turned = weigh(log_ratio_S, truncate), weigh(log_ratio_S[order], truncate)
        np.testing.assert_allclose(turned.weight_S, forward.weight_S[order])
        assert turned.khat == pytest.approx(forward.khat)


def test_equal_ratios_use_every_item():
    weights = weigh(np.zeros(200))
    assert weights.ess == pytest.approx(200)
    assert weights.top_share == pytest.approx(0.01)
    assert np.isnan(weights.khat)


def test_truncation_gives_the_upper_tenth_one_weight():
    weight_S = weigh(np.linspace(0, 5, 101), 0.9).weight_S
    assert np.ptp(weight_S[90:]) == 0
    assert (np.diff(weight_S[:91]) > 0).all()


def test_truncation_outside_its_range_is_refused():
    for truncate in (0, 1.1, -1, "half"):
        with pytest.raises(UserError, match="truncate"):
            weigh(np.zeros(10), truncate)


def test_khat_is_the_shape_of_a_pareto_tail():
    # 1/U^k has a Pareto tail of shape k.
    uniform = np.random.default_rng(3).random(50_000)
    for shape in (0.3, 0.6, 1.0):
        assert pareto_smooth(-shape * np.log(uniform))[1] == pytest.approx(shape, abs=0.1)


def test_smoothing_agrees_with_arviz():
    arviz = pytest.importorskip("arviz")
    log_ratio_S = np.random.default_rng(4).standard_t(4, 1000)
    theirs_S, khat = arviz.psislw(log_ratio_S)
    ours_S, ours = pareto_smooth(log_ratio_S)
    assert ours == pytest.approx(float(khat), abs=0.02)
    ours_S = ours_S - np.logaddexp.reduce(ours_S)
    np.testing.assert_allclose(np.exp(ours_S), np.exp(theirs_S), atol=2e-3)


def test_smoothing_never_raises_the_largest_and_keeps_the_rest():
    log_ratio_S = np.random.default_rng(5).normal(0, 3, 500)
    smoothed_S, _ = pareto_smooth(log_ratio_S)
    assert smoothed_S.max() <= log_ratio_S.max()
    assert (smoothed_S == log_ratio_S).sum() >= 400
