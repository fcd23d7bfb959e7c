import json
import math

from eval_predict.stats.estimate import Estimate
from iwsi.evaluation.target import TargetForecast
from iwsi.files import as_json
from iwsi.rounds.reports import ForecastReport

SCORE = Estimate(0.5, -math.inf, 0.9, 0.9, "m", 5, ("few",))


def test_a_forecast_is_read_back_as_it_was_written():
    report = ForecastReport(
        round=1,
        method="auto",
        level=0.9,
        items_run=5,
        items=20,
        history_models=0,
        stopped="budget spent",
        score=SCORE,
        gain_over_previous=SCORE,
        gain_over_base=None,
        gain_alone=None,
        target=TargetForecast(SCORE, None, 7),
        warnings=("few",),
    )
    stored = json.loads(json.dumps(as_json(report), allow_nan=False))
    assert stored["score"]["low"] is None
    assert ForecastReport.from_dict(stored) == report
