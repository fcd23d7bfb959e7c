"""How much less a method's error is than that of a random sample's mean, on a given history."""

import numpy as np

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.errors import UserError
from eval_predict.methods import Method
from eval_predict.select.design import AdaptiveDesign

_TARGETS = 8  # models that are left out in turn
_DRAWS = 3  # selections for each
_MIN_MODELS = 6


def error_ratio(
    history: ScoreMatrix, method: Method, items: int, rng: np.random.Generator
) -> float:
    """The method's mean squared error over that of a random sample's mean, from `items` items.

    Up to eight models, spread over the range of scores, are predicted from all others; the mean
    squared error of a random sample is computed and not drawn, s²/n · (N − n)/(N − 1).

    Args:
        history: at least six models with all their scores.
        method: its design draws, its predictor estimates.
        items: budget.
        rng: of the draws.

    Raises:
        UserError: (a ValueError) on fewer such models, and a budget of all items.
    """
    whole = np.flatnonzero(~history.missing_MN.any(axis=1))
    N = len(history.items)
    if len(whole) < _MIN_MODELS:
        raise UserError(
            field="scores",
            got=f"{len(whole)} models with all their scores",
            expected=f"at least {_MIN_MODELS}, to measure a method by",
            fix="Leave --method out: the plan is then that of a random sample.",
        )
    if items >= N:
        raise UserError(field="budget", got=f"{items} of {N} items", expected="fewer than all")
    ordered = whole[np.argsort(history.mean_M[whole])]
    targets = ordered[np.linspace(0, len(ordered) - 1, min(_TARGETS, len(ordered))).astype(int)]
    errors, expected = [], []
    for target in targets:
        others = history.take_models(np.delete(np.arange(len(history.models)), target))
        scores_1N = history.take_models([target]).dense_MN()
        truth = float(scores_1N.mean())
        expected.append(float(scores_1N.var()) / items * (N - items) / (N - 1))
        design = method.design().fit(others)
        predictor = method.predictor().fit(others)
        for _ in range(_DRAWS):
            observed = _observe(design, items, scores_1N, rng)
            errors.append((predictor.predict(observed, 0.95).value - truth) ** 2)
    if not sum(expected):
        raise UserError(field="scores", got="no variance", expected="models that are not all right")
    return float(np.mean(errors) / np.mean(expected))


def _observe(
    design: object, items: int, scores_1N: np.ndarray, rng: np.random.Generator
) -> Observed:
    if not isinstance(design, AdaptiveDesign):
        return Observed.of(design.select(items, rng), scores_1N)  # type: ignore[attr-defined]
    stages = design.stages(items)
    observed = Observed.of(design.select(stages[0], rng), scores_1N)
    for size in stages[1:]:
        observed = observed.extend(design.next(observed, size, rng), scores_1N)
    return observed
