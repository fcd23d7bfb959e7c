import numpy as np
import pytest

from eval_predict.gain.item_model import Regressors, item_model


def _regressors(value_Nd: np.ndarray, sd: float) -> Regressors:
    d = value_Nd.shape[1]
    return Regressors(value_Nd, np.zeros(len(value_Nd)), np.zeros(d), np.full(d, sd))


def test_without_a_score_the_prior_is_returned() -> None:
    regressors = _regressors(np.ones((5, 1)), 0.7)._replace(mean_d=np.array([1.0]))
    fitted = item_model(regressors, np.empty(0, np.intp), np.empty(0))
    np.testing.assert_allclose(fitted.expected_N, 1 / (1 + np.exp(-1)))
    assert fitted.sd_d == pytest.approx([0.7])


def test_a_weak_prior_gives_the_logit_of_the_share() -> None:
    fitted = item_model(
        _regressors(np.ones((8, 1)), 100.0), np.arange(8), np.array([1.0] * 6 + [0] * 2)
    )
    assert fitted.coefficient_d == pytest.approx([np.log(3)], abs=1e-3)
    # Fisher information: 8 · ¾ · ¼ = 1.5.
    assert fitted.sd_d == pytest.approx([1.5**-0.5], abs=1e-3)
    assert fitted.leverage_n == pytest.approx(np.full(8, 1 / 8), abs=1e-3)


def test_at_the_solution_the_penalised_slope_is_zero() -> None:
    rng = np.random.default_rng(0)
    value_Nd = rng.normal(size=(60, 3))
    scores_N = (rng.random(60) < 0.5).astype(float)
    fitted = item_model(_regressors(value_Nd, 0.5), np.arange(60), scores_N)
    slope_d = value_Nd.T @ (scores_N - fitted.expected_N) - fitted.coefficient_d / 0.25
    np.testing.assert_allclose(slope_d, 0, atol=1e-8)
