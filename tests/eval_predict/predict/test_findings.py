import numpy as np
import pytest
from worlds import rasch_world

from eval_predict import METHODS, Observed, Selection
from eval_predict.data.checks import Finding, Kind, check_observed
from eval_predict.predict.findings import with_findings


def test_the_easiest_items_leave_all_that_they_do_not_rule_out() -> None:
    world = rasch_world(30, 400, seed=1)
    history, truth_TN = world.take_models(np.arange(29)), world.dense_MN()[29:]
    easiest = np.argsort(-history.mean_N)[:50]
    observed = Observed.of(Selection(easiest[None], np.full((1, 50), 50 / 400)), truth_TN)
    estimate = METHODS["auto"].predictor().fit(history).predict(observed)
    found = with_findings(estimate, check_observed(history, observed), observed, 400)
    right = truth_TN[0, easiest].sum()
    assert (found.low, found.high) == pytest.approx((right / 400, (right + 350) / 400))
    assert found.low <= truth_TN.mean() <= found.high
    assert "not a random draw" in found.warnings[0]


def test_a_finding_that_leaves_the_draw_standing_adds_a_warning_alone() -> None:
    history = rasch_world(20, 60)
    observed = Observed.of(
        Selection(np.arange(12)[None], np.full((1, 12), 0.2)), history.dense_MN()[:1]
    )
    estimate = METHODS["random_sampling"].predictor().fit(history).predict(observed)
    found = with_findings(estimate, [Finding(Kind.THIN, "few")], observed, 60)
    assert (found.low, found.high) == (estimate.low, estimate.high)
    assert found.warnings == ("few", *estimate.warnings)
