import numpy as np
import pytest
from scipy.optimize import minimize
from worlds import factor_world

from eval_predict import Observed, ScoreMatrix
from eval_predict.irt.constants import AUTO
from eval_predict.irt.explanations import (
    FREE_WIDE,
    MISFITTING,
    NARROW_WIDE,
    Explanation,
    chances,
    fit_explanations,
    misfit_evidence,
    mixed_chances,
)
from eval_predict.irt.item_bank import HistoryModel

ITEMS, SEEN = 150, 60
WORLD = factor_world(np.random.default_rng(0).normal(size=48), ITEMS)
MODEL = HistoryModel.of(ScoreMatrix.from_array(WORLD.scores_MN[:40]))
TRUTH_TN = WORLD.scores_MN[40:]


def _observed(truth_TN: np.ndarray, count: int = SEEN) -> Observed:
    rng = np.random.default_rng(1)
    items_Tn = np.stack([rng.permutation(ITEMS)[:count] for _ in truth_TN])
    scores_Tn = np.take_along_axis(truth_TN, items_Tn, axis=1)
    share_Tn = np.full(items_Tn.shape, count / ITEMS)
    return Observed(items_Tn, scores_Tn, share_Tn, np.zeros(count, np.intp))


@pytest.mark.parametrize("explanation", [NARROW_WIDE, FREE_WIDE, MISFITTING[0], MISFITTING[-1]])
def test_factors_are_the_most_probable_ones(explanation: Explanation) -> None:
    observed = _observed(TRUTH_TN[:1])
    (factor_k,) = fit_explanations(MODEL, (explanation,), observed).factor_CTk[0]
    factors = MODEL.free_ if explanation.free else MODEL.narrow_

    def minus_log_posterior(u_k: np.ndarray) -> float:
        probability_n = chances(MODEL, explanation, u_k[None])[0][observed.items_Tn[0]]
        fitted = np.where(
            observed.scores_Tn[0] == 1, np.log(probability_n), np.log(1 - probability_n)
        ).sum()
        return float(u_k @ factors.precision_kk_ @ u_k / 2 - fitted)

    best = minimize(minus_log_posterior, factor_k, tol=1e-10)
    assert minus_log_posterior(factor_k) == pytest.approx(best.fun, abs=1e-4)


def test_evidence_is_near_the_integral_over_one_factor() -> None:
    # By quadrature over ability, the other two factors at 0 with a prior that holds them there.
    model = HistoryModel().fit(ScoreMatrix.from_array(WORLD.scores_MN[:40]))
    precision_kk = np.diag([1 / 17, 1e8, 1e8])
    model.narrow_.precision_kk_ = precision_kk
    observed = _observed(TRUTH_TN[:1])
    found = fit_explanations(model, (NARROW_WIDE,), observed).evidence_CT[0, 0]
    at_g = np.linspace(-12, 12, 4001)
    factor_gk = np.column_stack([at_g, np.zeros((len(at_g), 2))])
    probability_gn = chances(model, NARROW_WIDE, factor_gk)[:, observed.items_Tn[0]]
    fitted_g = np.log(np.where(observed.scores_Tn[0] == 1, probability_gn, 1 - probability_gn)).sum(
        axis=1
    )
    prior_g = np.exp(-(at_g**2) / 34) / np.sqrt(2 * np.pi * 17)
    expected = np.log(np.trapezoid(np.exp(fitted_g) * prior_g, at_g))
    assert found == pytest.approx(expected, abs=0.05)


def test_mixed_chances_follow_the_target() -> None:
    mixed_TN = mixed_chances(MODEL, _observed(TRUTH_TN), AUTO.staging)
    assert ((mixed_TN > 0) & (mixed_TN < 1)).all()
    assert np.corrcoef(mixed_TN.mean(axis=1), TRUTH_TN.mean(axis=1))[0, 1] > 0.9


def test_guessed_and_lost_answers_speak_for_a_misfit_and_ordinary_ones_against_it() -> None:
    rng = np.random.default_rng(2)
    guessed_TN = (rng.random((8, ITEMS)) < 0.4) * 1.0
    strong_TN = factor_world(np.full(8, 2.5), ITEMS).scores_MN
    lost_TN = np.where(rng.random(strong_TN.shape) < 0.4, 0.0, strong_TN)
    ordinary = np.median(misfit_evidence(MODEL, _observed(TRUTH_TN)))
    assert ordinary < 0
    assert np.median(misfit_evidence(MODEL, _observed(guessed_TN))) > ordinary + 2
    assert np.median(misfit_evidence(MODEL, _observed(lost_TN))) > ordinary + 2


def test_each_target_is_explained_by_itself() -> None:
    observed = _observed(TRUTH_TN)
    together = fit_explanations(MODEL, MISFITTING, observed)
    alone = fit_explanations(MODEL, MISFITTING, observed.rows(slice(3, 4)))
    np.testing.assert_allclose(together.evidence_CT[:, 3:4], alone.evidence_CT)
