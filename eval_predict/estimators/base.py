"""The base class of all estimators: fit on a history, choose items, predict from their scores."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator

from eval_predict.data.checks import check_scale
from eval_predict.data.clusters import labels_of
from eval_predict.data.draw import Draw
from eval_predict.data.handed_in import HandedIn, History, Scores, as_matrix, as_observed
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.errors import UserError, unknown_name
from eval_predict.estimators.errors import NotFittedError
from eval_predict.estimators.scoring import ScoreItems, check_random_state, scores_of
from eval_predict.methods import METHODS, Method
from eval_predict.predict.checked import predict_checked
from eval_predict.select.budget import budget_items
from eval_predict.select.design import AdaptiveDesign
from eval_predict.stats.estimate import Estimate

if TYPE_CHECKING:
    import pandas as pd


class ScoreEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A method of `METHODS`: its design and its predictor in one.

    Args:
        level: coverage of the intervals, in (0, 1).
        random_state: seed of every draw.

    Attributes:
        history_: what it was fitted on, as a `ScoreMatrix`.
        design_: says which items to run.
        predictor_: turns their scores into an estimate.
        feature_names_in_: the names of the items.
        n_features_in_: how many there are.
    """

    _method_name: ClassVar[str]

    def __init__(self, *, level: float = 0.95, random_state: int = 0) -> None:
        self.level = level
        self.random_state = random_state

    def fit(self, history: History, y: None = None) -> Self:
        """Learn from what other models scored on the benchmark.

        Args:
            history: scores of M models on N items: a frame (index: models, columns: items), a
                frame or Arrow table of rows (`model`, `item`, `score`), a `ScoreMatrix`, or an
                array (M, N).
            y: not used; scikit-learn's pipelines pass it.

        Raises:
            UserError: (a ValueError) on parameters out of range and on scores that are none.
        """
        method = self._method()
        self._check_parameters()
        matrix = as_matrix(history)
        self.design_ = method.design().fit(matrix)
        self.predictor_ = method.predictor().fit(matrix)
        self.history_ = matrix
        self.feature_names_in_ = np.array(matrix.items, dtype=object)
        self.n_features_in_ = len(matrix.items)
        return self

    def select(self, budget: float = 50) -> Draw:
        """Which items to run, all at once; the same for every model.

        Args:
            budget: a number of items (int), or a share of all (float).

        Raises:
            UserError: (a ValueError) on more items than there are.
        """
        matrix = self._fitted()
        selection = self.design_.select(_size(budget, matrix), self._rng(0))
        return Draw.of(selection, matrix, self._rng(0, 1))

    def start(self, budget: float = 50) -> Draw:
        """The first items to run where the design draws in stages; all of them where it does not.

        Args:
            budget: items in all: a number (int), or a share of all (float).
        """
        matrix = self._fitted()
        size = self._stages(budget)[0]
        selection = self.design_.select(size, self._rng(0))
        return Draw.of(selection, matrix, self._rng(0, 1))

    def next(self, scores: Scores, draws: Draw | Sequence[Draw], budget: float = 50) -> Draw | None:
        """The items to run after these; None where the budget is spent.

        Args:
            scores: of all items drawn so far, by item name.
            draws: what `start` and `next` returned so far, in that order.
            budget: the same as in `start`.

        Raises:
            UserError: (a ValueError) on scores that do not fit the draws.
        """
        matrix = self._fitted()
        drawn = (draws,) if isinstance(draws, Draw) else tuple(draws)
        sizes = self._stages(budget)
        if len(drawn) >= len(sizes) or not isinstance(self.design_, AdaptiveDesign):
            return None
        observed = as_observed(scores, matrix, drawn).observed
        stage = len(drawn)
        selection = self.design_.next(observed, sizes[stage], self._rng(stage))
        return Draw.of(selection, matrix, self._rng(stage, 1))

    def predict(
        self,
        scores: Scores,
        *,
        draws: Draw | Sequence[Draw] = (),
        model: str | None = None,
        clusters: Mapping[Any, object] | None = None,
    ) -> Estimate:
        """A new model's mean score over all items, from its scores on some.

        Args:
            scores: by item name: a series, a dict, or a frame with `item` and `score`; see
                `as_observed`. Positions alone do where the history came as an array too.
            draws: what `select`, or `start` and `next`, returned for them; without it they are
                taken for an even random draw, with a warning.
            model: the new model's name, to see that it is not in the history itself.
            clusters: each item's passage or template, by item name (a series or a dict), where
                whole passages were run and not single items; the interval is then as wide as
                scores that are alike within a passage make it.

        Raises:
            UserError: (a ValueError) on items and scores that do not fit the history.
        """
        matrix = self._fitted()
        handed = as_observed(scores, matrix, draws)
        labels = None if clusters is None else labels_of(clusters, matrix.items)
        return self._predict(handed, model, labels)

    def predict_many(
        self, scores: "pd.DataFrame | ScoreMatrix", *, draws: Draw | Sequence[Draw] = ()
    ) -> dict[str, Estimate]:
        """Predict for several new models: a frame of models by items, NaN where not run."""
        self._fitted()
        models = as_matrix(scores)
        rows = models.dense_MN()
        return {
            name: self.predict(dict(zip(models.items, row, strict=True)), draws=draws, model=name)
            for name, row in zip(models.models, rows, strict=True)
        }

    def evaluate(self, score_items: ScoreItems, budget: float = 50) -> Estimate:
        """Run a new model on the items that the design asks for, and predict its mean score.

        An adaptive design asks several times, each time with the scores so far.

        Args:
            score_items: takes a list of item names, runs the model on them, and returns their
                scores: in that order, or by name.
            budget: a number of items (int), or a share of all (float); of more than all, all.

        Raises:
            UserError: (a ValueError) on scores that are missing, no numbers, or off the scale.
        """
        matrix = self._fitted()
        draws, scores = [], dict[str, float]()
        draw: Draw | None = self.start(budget)
        while draw is not None:
            draws.append(draw)
            run = scores_of(list(draw.items), score_items(list(draw.items)))
            check_scale(matrix, run)
            scores |= dict(zip(draw.items, run.tolist(), strict=True))
            draw = self.next(scores, draws, budget)
        handed = as_observed(scores, matrix, draws)
        N = len(matrix.items)
        if isinstance(budget, int) and budget > N:
            note = f"budget {budget} exceeds the {N} items of the benchmark: all were run"
            handed = handed._replace(warnings=(*handed.warnings, note))
        return self._predict(handed)

    def _stages(self, budget: float) -> list[int]:
        """How many items each stage has; a budget above all items stands for all."""
        size = budget_items(_checked(budget), len(self._fitted().items))
        design = self.design_
        return design.stages(size) if isinstance(design, AdaptiveDesign) else [size]

    def _predict(
        self, handed: HandedIn, model: str | None = None, labels: Sequence[str] | None = None
    ) -> Estimate:
        return predict_checked(
            self.predictor_,
            self._name(),
            self.history_,
            handed.observed,
            self.level,
            model=model,
            clusters=labels,
            warnings=handed.warnings,
        )

    def _name(self) -> str:
        return self._method_name

    def _method(self) -> Method:
        if self._name() not in METHODS:
            raise unknown_name("method", self._name(), METHODS)
        return METHODS[self._name()]

    def _check_parameters(self) -> None:
        if not 0 < self.level < 1:
            raise UserError(
                field="level", got=self.level, expected="a number between 0 and 1, such as 0.95"
            )
        check_random_state(self.random_state)

    def _fitted(self) -> ScoreMatrix:
        if not hasattr(self, "history_"):
            raise NotFittedError(
                got=f"{type(self).__name__} is not fitted",
                fix="Call fit(history) with the scores of other models first.",
            )
        return self.history_

    def _rng(self, *stream: int) -> np.random.Generator:
        return np.random.default_rng([int(self.random_state), *stream])


class MethodEstimator(ScoreEstimator):
    """Any method of `eval_predict.METHODS` by its name.

    Args:
        method: its name, as in `eval-predict bench`.
        level: coverage of the intervals, in (0, 1).
        random_state: seed of every draw.
    """

    def __init__(self, method: str = "auto", *, level: float = 0.95, random_state: int = 0) -> None:
        super().__init__(level=level, random_state=random_state)
        self.method = method

    def _name(self) -> str:
        return self.method


def _checked(budget: Any) -> float:
    whole = isinstance(budget, int | np.integer) and not isinstance(budget, bool)
    if (whole and budget >= 1) or (isinstance(budget, float) and 0 < budget <= 1):
        return int(budget) if whole else float(budget)
    raise UserError(
        field="budget",
        got=repr(budget),
        expected="a number of items such as 50, or a share of them such as 0.1",
    )


def _size(budget: float, matrix: ScoreMatrix) -> int:
    size = _checked(budget)
    # More items than there are is for the design to refuse.
    return size if isinstance(size, int) else budget_items(size, len(matrix.items))
