"""Random sampling: the mean of what was observed."""

import math

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.predictor import Prediction, Predictor


class SampleMean(Predictor):
    """The observed mean, with Student's t interval and the finite-population correction.

    Source: arXiv:2506.07673, section 3 ("random sampling").
    """

    name = "random_sampling"

    def _fit(self, history: ScoreMatrix) -> None:
        pass

    def _predict(self, observed: Observed, level: float) -> Prediction:
        from scipy.special import stdtrit

        n = observed.shape[1]
        value = observed.scores_Tn.mean(axis=1)
        if n == 1:
            reach = np.full_like(value, math.inf)
        else:
            correction = 1 - n / self.num_items_
            spread = observed.scores_Tn.std(axis=1, ddof=1) * math.sqrt(correction / n)
            reach = -stdtrit(n - 1, (1 - level) / 2) * spread
        warnings = (UNEVEN,) if drawn_unevenly(observed) else ()
        return Prediction(value, value - reach, value + reach, warnings)


UNEVEN = "the items were not drawn evenly, as this method takes for granted: it may be biased"


def drawn_unevenly(observed: Observed) -> bool:
    """Whether items were chosen, or drawn with probabilities that differ within a draw."""
    if not (observed.probability_Tn > 0).all():
        return True
    return any(
        np.ptp(observed.probability_Tn[:, observed.stage_n == stage]) > 1e-6
        for stage in np.unique(observed.stage_n)
    )
