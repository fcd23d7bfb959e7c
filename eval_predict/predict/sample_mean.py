"""Random sampling: the mean of what was observed."""

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.predictor import Prediction, Predictor
from eval_predict.stats.intervals import mean_bounds


class SampleMean(Predictor):
    """The observed mean, with the interval of an even draw without replacement (`mean_bounds`).

    Source: arXiv:2506.07673, section 3 ("random sampling").
    """

    name = "random_sampling"

    def _fit(self, history: ScoreMatrix) -> None:
        pass

    def _predict(self, observed: Observed, level: float) -> Prediction:
        bounds = mean_bounds(observed.scores_Tn, level, self.num_items_, self.limits_)
        warnings = (UNEVEN,) if drawn_unevenly(observed) else ()
        return Prediction(observed.scores_Tn.mean(axis=1), *bounds, warnings)


UNEVEN = (
    "this method assumes equal-probability sampling; these items were not sampled so, and the"
    " estimate may be biased"
)


def drawn_unevenly(observed: Observed) -> bool:
    """Whether items were chosen, or drawn with probabilities that differ within a draw."""
    if not (observed.probability_Tn > 0).all():
        return True
    return any(
        np.ptp(observed.probability_Tn[:, observed.stage_n == stage]) > 1e-6
        for stage in np.unique(observed.stage_n)
    )
