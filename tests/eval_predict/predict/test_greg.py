import numpy as np
from numpy.typing import NDArray
from worlds import factor_world

from eval_predict import ScoreMatrix
from eval_predict.bench.runner import observe
from eval_predict.irt.item_bank import HistoryModel
from eval_predict.predict.auto import AutoPredictor
from eval_predict.predict.doubly_robust import doubly_robust
from eval_predict.predict.greg import GREG
from eval_predict.select.active import ActiveDesign
from eval_predict.stats.survey_weights import drawn_weights

ITEMS, BUDGET = 300, 50


def _world(lead: float, targets: int) -> tuple[ScoreMatrix, NDArray[np.float64]]:
    """A history and targets whose abilities lie that many standard deviations higher."""
    rng = np.random.default_rng(7)
    ability_M = np.concatenate([rng.normal(size=40), rng.normal(size=targets) * 0.7 + lead])
    scores_MN = factor_world(ability_M, ITEMS, seed=3).scores_MN
    return ScoreMatrix.from_array(scores_MN[:40]), scores_MN[40:]


def test_greg_is_the_doubly_robust_estimate_and_auto_is_surer() -> None:
    history, truth_TN = _world(0.0, 6)
    observed = observe(ActiveDesign().fit(history), BUDGET, truth_TN, np.random.default_rng(0))
    model = HistoryModel.of(history)
    robust = doubly_robust(model, observed, drawn_weights(observed, model.num_items))
    bare, shrunk = (
        method.fit(history).predict_many(observed) for method in (GREG(), AutoPredictor())
    )
    np.testing.assert_allclose([e.value for e in bare], np.clip(robust.mean_T, 0, 1))
    assert np.mean([e.high - e.low for e in shrunk]) < np.mean([e.high - e.low for e in bare])
