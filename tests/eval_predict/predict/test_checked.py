from dataclasses import replace

import numpy as np
import pytest

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.errors import UserError
from eval_predict.predict.checked import predict_checked
from eval_predict.predict.sample_mean import SampleMean

HISTORY = ScoreMatrix.from_array(np.random.default_rng(0).integers(0, 2, (12, 40)))


def _observed(n=10):
    probability_1n = np.full((1, n), n / 40)
    return Observed(
        np.arange(n)[None], (np.arange(n) % 2)[None] * 1.0, probability_1n, np.zeros(n, int)
    )


def _predict(observed, method="random_sampling", **more):
    return predict_checked(SampleMean().fit(HISTORY), method, HISTORY, observed, 0.95, **more)


def test_a_method_that_shares_a_predictor_keeps_its_name_and_warnings_of_reading_come_first():
    estimate = _predict(_observed(), "my_design", warnings=("read with care",))
    assert (estimate.method, estimate.value) == ("my_design", 0.5)
    assert estimate.warnings[0] == "read with care"


def test_whole_clusters_make_the_interval_wider():
    """Each pair of items shares a label and has the same score: half as many say something."""
    n = 10
    scores_1n = (np.arange(n) // 2 % 2)[None] * 1.0
    observed = Observed(np.arange(n)[None], scores_1n, np.full((1, n), n / 40), np.zeros(n, int))
    labels = tuple(str(item // 2) for item in range(40))
    alone, together = _predict(observed), _predict(observed, clusters=labels)
    assert together.high - together.low > 1.2 * (alone.high - alone.low)


def test_scores_that_a_model_cannot_have_are_refused():
    observed = _observed()
    wrong = replace(observed, scores_Tn=observed.scores_Tn * 50)
    with pytest.raises(UserError, match="score"):
        _predict(wrong)
