import numpy as np
import pytest

from eval_predict.bis import combine
from eval_predict.bis.heldout import HeldOutEnds


def _world(step: bool, seed: int = 0, place: float = 0.0):
    """A source and a target further along the first feature; scores fall along it."""
    rng = np.random.default_rng(seed)
    source_SF, target_TF = rng.normal(size=(800, 2)), rng.normal((1, 0), 1, (400, 2))
    probability = (lambda x: np.where(x < place, 0.9, 0.2)) if step else (lambda x: 0.5 - 0.1 * x)
    scores_SM = (rng.random((800, 5)) < probability(source_SF[:, :1])).astype(float)
    # The exact density ratio of the two normal distributions.
    log_ratio_S = source_SF[:, 0] - 0.5
    weight_S = np.exp(log_ratio_S) / np.exp(log_ratio_S).sum()
    regression = combine.Regression(source_SF, target_TF, 0)
    ends = HeldOutEnds(source_SF, log_ratio_S, 0)
    return regression, ends, scores_SM, weight_S, probability(target_TF[:, 0]).mean()


def test_a_line_is_followed_by_the_share_without_a_warning() -> None:
    regression, ends, scores_SM, weight_S, truth = _world(step=False)
    result = combine.auto(regression, ends, scores_SM, weight_S, far=False)
    assert result.warnings == ()
    assert np.abs(result.value_M - truth).mean() < 0.04


def test_a_step_is_the_doubly_robust_estimate_with_a_wider_interval() -> None:
    regression, ends, scores_SM, weight_S, truth = _world(step=True)
    result = combine.auto(regression, ends, scores_SM, weight_S, far=False)
    robust = combine.doubly_robust(regression, scores_SM, weight_S)
    assert "disagree" in result.warnings[0]
    np.testing.assert_array_equal(result.value_M, robust.value_M)
    assert (result.variance_M > robust.variance_M).all()
    assert np.abs(result.value_M - truth).mean() < 0.06


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0, 1.5])
def test_a_step_at_any_place_is_inside_the_interval(place: float) -> None:
    regression, ends, scores_SM, weight_S, truth = _world(step=True, place=place)
    result = combine.auto(regression, ends, scores_SM, weight_S, far=False)
    reach_M = 1.645 * np.sqrt(result.variance_M)
    assert (np.abs(result.value_M - truth) < reach_M).mean() >= 0.8
    # Weights that are cut at their upper decile do not see enough of what lies beyond the step.
    cut_S = np.minimum(weight_S, np.quantile(weight_S, 0.9))
    cut = combine.auto(regression, ends, scores_SM, cut_S / cut_S.sum(), far=False)
    assert np.abs(result.value_M - truth).mean() < np.abs(cut.value_M - truth).mean() + 0.01


def test_a_smaller_disagreement_widens_the_interval_without_a_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    regression, ends, scores_SM, weight_S, _ = _world(step=True, place=1.5)
    monkeypatch.setattr(combine, "MISFIT", np.inf)
    monkeypatch.setattr(combine, "DISAGREEMENT", np.inf)
    widened = combine.auto(regression, ends, scores_SM, weight_S, far=False)
    far = combine.auto(regression, ends, scores_SM, weight_S, far=True)
    assert widened.warnings == ()
    assert widened.variance_M.mean() > 2 * far.variance_M.mean()


def test_a_far_targets_weights_are_not_used() -> None:
    regression, ends, scores_SM, weight_S, _ = _world(step=True)
    assert combine.auto(regression, ends, scores_SM, weight_S, far=True).warnings == ()


def test_every_estimate_is_unmoved_by_weights_where_nothing_shifts() -> None:
    rng = np.random.default_rng(3)
    features_SF = rng.normal(size=(300, 2))
    regression = combine.Regression(features_SF, features_SF, 0)
    scores_SM = (rng.random((300, 3)) < 0.6).astype(float)
    weight_S = np.full(300, 1 / 300)
    for result in (
        combine.source_mean(regression, scores_SM),
        combine.weighted(regression, scores_SM, weight_S),
        combine.direct(regression, scores_SM),
        combine.doubly_robust(regression, scores_SM, weight_S),
    ):
        assert result.value_M == pytest.approx(scores_SM.mean(axis=0), abs=2e-3)
