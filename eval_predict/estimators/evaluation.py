"""`evaluate`: a new model's score on a benchmark in one call."""

from sklearn.base import clone

from eval_predict.data.handed_in import History
from eval_predict.estimators.base import MethodEstimator, ScoreEstimator
from eval_predict.estimators.scoring import ScoreItems
from eval_predict.stats.estimate import Estimate


def evaluate(
    history: History,
    score_items: ScoreItems,
    budget: float = 50,
    method: str | ScoreEstimator = "auto",
    random_state: int = 0,
    level: float = 0.95,
) -> Estimate:
    """Run a new model on a few items of a benchmark, and predict its mean score on all of them.

    Args:
        history: what other models scored: a frame (index: models, columns: items), a frame or
            Arrow table of rows (`model`, `item`, `score`), a `ScoreMatrix`, or an array.
        score_items: takes a list of item names, runs the model on them and returns their scores,
            in that order or by name; called several times where the method is adaptive.
        budget: a number of items (int), or a share of all (float).
        method: a name of `eval_predict.METHODS`, or an estimator, which is copied and keeps its
            own `level` and `random_state`.
        random_state: seed of every draw.
        level: coverage of the interval, in (0, 1).

    Raises:
        UserError: (a ValueError) on an unknown method, a bad budget, and scores that do not fit.

    Examples:
        >>> import numpy as np
        >>> rng = np.random.default_rng(0)
        >>> easy = rng.random(200)  # items from hard to easy, models from weak to strong
        >>> history = (rng.random((30, 200)) < (easy + np.linspace(0, 1, 30)[:, None]) / 2) * 1.0
        >>> new_model = (rng.random(200) < (easy + 0.7) / 2) * 1.0
        >>> def score_items(names):
        ...     return [new_model[int(name)] for name in names]
        >>> estimate = evaluate(history, score_items, budget=50, random_state=1)
        >>> bool(estimate.low < new_model.mean() < estimate.high)
        True
    """
    if isinstance(method, ScoreEstimator):
        estimator: ScoreEstimator = clone(method)
    else:
        estimator = MethodEstimator(method, level=level, random_state=random_state)
    return estimator.fit(history).evaluate(score_items, budget)
