"""The estimators by name: each a method of `METHODS` (a design and a predictor of arrays).

They add scikit-learn's interface and items by name.
"""

from functools import partial

from eval_predict.estimators.base import ScoreEstimator
from eval_predict.methods import METHODS, Method
from eval_predict.predict import aipw


class Auto(ScoreEstimator):
    """The default: items that follow the model's scores, and a doubly robust estimate.

    Args:
        level: coverage of the intervals, in (0, 1).
        random_state: seed of every draw.

    Examples:
        >>> import numpy as np
        >>> from eval_predict import Auto
        >>> history = (np.arange(20)[:, None] > np.arange(60) / 3).astype(float)
        >>> new_model = history[12]
        >>> auto = Auto(random_state=1).fit(history[:12])
        >>> estimate = auto.evaluate(lambda names: new_model[[int(name) for name in names]], 20)
        >>> bool(estimate.low <= new_model.mean() <= estimate.high)
        True
        >>> estimate.n_observed
        20
    """

    _method_name = "auto"


class AutoCoreset(ScoreEstimator):
    """One sample of items for all models, drawn by what the history says; then as `Auto`."""

    _method_name = "auto_coreset"


class PPSDoublyRobust(ScoreEstimator):
    """Items drawn with probability in proportion to their spread, and the doubly robust mean."""

    _method_name = "pps_dr"


class RandomSampling(ScoreEstimator):
    """An even random draw and its mean, with Wilson's interval and finite-population correction.

    Examples:
        >>> from eval_predict import RandomSampling
        >>> sampling = RandomSampling().fit([[1, 0, 1, 1], [0, 0, 1, 0], [1, 1, 1, 0]])
        >>> draw = sampling.select(2)
        >>> print(sampling.predict({name: 1 for name in draw}, draws=draw))
        1.000 [0.500, 1.000] (95%, random_sampling, 2 items)
    """

    _method_name = "random_sampling"


class AIPW(ScoreEstimator):
    """Augmented inverse propensity weighting: an even draw, corrected by a ridge on the history.

    Args:
        alpha: penalty of the ridge.
        level: coverage of the intervals, in (0, 1).
        random_state: seed of every draw.

    Source: arXiv:2506.07673, section 3.
    """

    _method_name = "aipw"

    def __init__(self, alpha: float = 10.0, *, level: float = 0.95, random_state: int = 0) -> None:
        super().__init__(level=level, random_state=random_state)
        self.alpha = alpha

    def _method(self) -> Method:
        return METHODS["aipw"]._replace(predictor=partial(aipw.AIPWPredictor, self.alpha))


class DebiasedFiltering(ScoreEstimator):
    """Collaborative filtering (similar models and items), its selection bias taken out."""

    _method_name = "cf_debiased"
