"""`Forecaster` with scikit-learn's interface: rounds, history and features by item name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from eval_predict.data.checks import check_scale
from eval_predict.data.draw import Draw
from eval_predict.data.frames import names_of, numbers_of
from eval_predict.data.handed_in import History, as_matrix
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed, Selection
from eval_predict.errors import UserError
from eval_predict.estimators.errors import NotFittedError
from eval_predict.estimators.scoring import ScoreItems, check_random_state, scores_of
from eval_predict.gain import forecaster
from eval_predict.gain.forecast import Forecast
from eval_predict.gain.forecaster import EarlierRound, ItemFeatures

if TYPE_CHECKING:
    import pandas as pd


class Forecaster(BaseEstimator, forecaster.ArrayForecaster):  # type: ignore[misc]  # sklearn: no types
    """The gain of a new round of training, from a few items of the benchmark.

    Args:
        method: `auto`, or one of `eval_predict.gain.forecaster.GAIN_METHODS`.
        level: coverage of the intervals, in (0, 1).
        peeking: whether the intervals hold at every look, however one decides when to stop.
        random_state: seed of every draw of `evaluate`.

    Examples:
        >>> import numpy as np, pandas as pd
        >>> rng = np.random.default_rng(0)
        >>> base = pd.Series((rng.random(300) < 0.5) * 1.0).rename(lambda place: f"q{place}")
        >>> new = base.where(rng.random(300) < 0.8, 1.0)  # a fifth of the answers become right
        >>> rounds = pd.DataFrame([base], index=["round-0"])
        >>> forecast = Forecaster().fit(rounds).evaluate(lambda names: new[names], 60)
        >>> forecast.probability_above(0.0) > 0.9
        True
    """

    def __init__(
        self,
        *,
        method: str = "auto",
        level: float = 0.9,
        peeking: bool = False,
        random_state: int = 0,
    ) -> None:
        # The parameters are checked in `fit`, as scikit-learn's `clone` wants it.
        self.method = method
        self.level = level
        self.peeking = peeking
        self.random_state = random_state

    def fit(
        self,
        rounds: "History | int",
        earlier: Sequence[EarlierRound] | None = None,
        *,
        history: "History | None" = None,
        features: "pd.DataFrame | ItemFeatures | None" = None,
    ) -> Self:
        """Take the measurements made before the new round is run.

        Args:
            rounds: the earlier rounds' scores, as a frame of rounds (the base first, the previous
                one last) by items, NaN where an item was not run; what was run of a round that
                was not run in full must be an even random draw. Or the number of items, with
                `earlier`.
            earlier: rounds as observed items, with the probabilities of their draws.
            history: other models' scores in [0, 1] on the same items, matched by name.
            features: what is known of each item, a frame of items by features.

        Raises:
            UserError: (a ValueError) on parameters out of range, and on items that do not match.
        """
        forecaster.ArrayForecaster(method=self.method, level=self.level, peeking=self.peeking)
        check_random_state(self.random_state)
        if isinstance(rounds, int):
            names = tuple(str(place) for place in range(rounds))
            earlier_rounds: Sequence[EarlierRound] = earlier or ()
        else:
            matrix = as_matrix(rounds)
            names, earlier_rounds = matrix.items, _earlier(matrix)
        other = None if history is None else aligned(as_matrix(history), names)
        super().fit(len(names), earlier_rounds, history=other, features=_features(features, names))
        self.feature_names_in_ = np.array(names, dtype=object)
        self.n_features_in_ = len(names)
        return self

    def stages(self, budget: int, batch: int | None = None) -> list[int]:
        """How many items to run in each stage: the method's default, or `batch` at a time."""
        self._fitted()
        return super().stages(budget, batch)

    def next(self, observed: Observed | None, count: int, rng: np.random.Generator) -> Selection:
        """Which `count` items to run next; `observed` is None before the first."""
        self._fitted()
        return super().next(observed, count, rng)

    def forecast(self, observed: Observed) -> Forecast:
        """The new round's score and gains, from the items observed of it."""
        self._fitted()
        return super().forecast(observed)

    def evaluate(self, score_items: ScoreItems, budget: int = 50) -> Forecast:
        """Run the new round on the items that the method asks for, and forecast its gains.

        Args:
            score_items: takes a list of item names, runs the new round on them, and returns their
                scores: in that order, or by name.
            budget: items to run.

        Raises:
            UserError: (a ValueError) on scores that are missing, no numbers, or outside [0, 1].
        """
        self._fitted()
        items = tuple(self.feature_names_in_.tolist())
        matrix = ScoreMatrix.from_array(np.zeros((1, len(items))), items=items)
        observed: Observed | None = None
        for stage, count in enumerate(self.stages(budget)):
            rng = np.random.default_rng([int(self.random_state), stage])
            draw = Draw.of(self.next(observed, count, rng), matrix, rng)
            scores_n = scores_of(list(draw.items), score_items(list(draw.items)))
            check_scale(matrix, scores_n)
            now = Observed(
                matrix.positions(draw.items)[None],
                scores_n[None],
                np.array(draw.probability)[None],
                np.full(len(draw), stage, np.intp),
            )
            observed = now if observed is None else observed.joined(now)
        assert observed is not None  # noqa: S101  (for mypy: there is a stage)
        return self.forecast(observed)

    def _fitted(self) -> None:
        if not hasattr(self, "inputs_"):
            raise NotFittedError(
                got="Forecaster is not fitted",
                fix="Call fit(rounds) with the scores of earlier rounds first.",
            )


def aligned(matrix: ScoreMatrix, items: Sequence[str]) -> ScoreMatrix:
    """The matrix with its items in this order.

    Raises:
        UserError: (a ValueError) on items that only one side has.
    """
    if matrix.items == tuple(items):
        return matrix
    positions = matrix.positions(items)
    if len(positions) < len(matrix.items):
        others = sorted(set(matrix.items) - set(items))
        raise UserError(
            field="history",
            got=f'{len(others)} more items than the rounds have (first: "{others[0]}")',
            expected="the same items",
            fix="Keep the rounds' items alone.",
        )
    return ScoreMatrix.from_array(matrix.dense_MN()[:, positions], matrix.models, tuple(items))


def _earlier(matrix: ScoreMatrix) -> list[EarlierRound]:
    rounds = []
    for name, scores_N in zip(matrix.models, matrix.dense_MN(), strict=True):
        items_n = np.flatnonzero(~np.isnan(scores_N))
        share_n = np.full(items_n.size, items_n.size / len(scores_N))
        stage_n = np.zeros(items_n.size, np.intp)
        observed = Observed(items_n[None], scores_N[items_n][None], share_n[None], stage_n)
        rounds.append(EarlierRound(name, observed))
    return rounds


def _features(given: Any, items: Sequence[str]) -> ItemFeatures | None:
    if given is None or isinstance(given, ItemFeatures):
        return given
    names = names_of("features", given.index)
    matrix = ScoreMatrix.from_array(np.zeros((1, len(names))), items=names)
    values_NF = numbers_of("features", given)[matrix.positions(items)]
    return ItemFeatures(names_of("features", given.columns), values_NF)
