"""The fit of the default predictor to a history: two factor models and an order."""

from typing import Self
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.irt.factor_model import FactorModel, Floats

MIN_MODELS = 4  # with fewer, nothing is learnt that would beat an even draw
_MAX_MODELS = 500  # more change the estimate little, and cost memory and time
_FREE_LOADING_SD = 0.5
_NARROW_LOADING_SD = 0.2


class HistoryModel:
    """Scores of the history brought into [0, 1], and two factor models of them.

    `free_` fits the history best; `narrow_` keeps loadings on ability near 1, so that it still
    orders the items for a target that is far better than all models of the history.
    """

    @classmethod
    def of(cls, history: ScoreMatrix) -> "HistoryModel":
        """The fitted model of this very matrix: a design and a predictor of one history share it.

        It is found by the matrix's identity, never by its content or place, and forgotten with it,
        so no fit can serve another history.
        """
        if history not in _MODELS:
            _MODELS[history] = cls().fit(history)
        return _MODELS[history]

    def fit(self, history: ScoreMatrix) -> Self:
        """Learn from two or more models, each with a score; of more than 500 an even selection."""
        low, high = history.range
        self.low_, self.span_ = (0.0, 1.0) if low >= 0 and high <= 1 else (low, high - low or 1.0)
        rows = _evenly(history.mean_M, _MAX_MODELS)
        history = history.take_models(rows)
        self.scores_MN_ = self.scaled(history.filled_MN())
        missing_MN = history.missing_MN
        observed_MN = ~missing_MN if missing_MN.any() else None
        self.binary_ = bool(np.isin(self.scores_MN_[~missing_MN], (0.0, 1.0)).all())
        self.free_ = FactorModel(_FREE_LOADING_SD).fit(self.scores_MN_, observed_MN)
        self.narrow_ = FactorModel(_NARROW_LOADING_SD).fit(self.scores_MN_, observed_MN)
        self.mean_M_ = self.scores_MN_.mean(axis=1)
        bottom, top = np.quantile(self.mean_M_, [0.1, 0.9])
        noise = float((self.mean_M_ * (1 - self.mean_M_)).mean()) / self.scores_MN_.shape[1]
        variance = float(self.mean_M_.var())
        self.differs_ = bool(variance > 2 * noise and top > bottom)
        self.mean_N_ = self.scores_MN_.mean(axis=0)
        self.direction_N_ = _leading_direction(self.scores_MN_)
        return self

    @property
    def num_items(self) -> int:
        """N."""
        return len(self.mean_N_)

    def scaled(self, scores: Floats) -> Floats:
        """Scores of the benchmark's own range as scores in [0, 1]."""
        return (scores - self.low_) / self.span_

    def unscaled(self, scores: Floats) -> Floats:
        """The inverse of `scaled`; infinite stays infinite."""
        return scores * self.span_ + self.low_


def history_model(history: ScoreMatrix) -> HistoryModel | None:
    """The model of the history's models with a score; None where they are too few for one."""
    scored_M = ~history.missing_MN.all(axis=1)
    if scored_M.sum() < MIN_MODELS:
        return None
    return HistoryModel.of(history if scored_M.all() else history.take_models(scored_M))


_MODELS: WeakKeyDictionary[ScoreMatrix, HistoryModel] = WeakKeyDictionary()


def _evenly(mean_M: Floats, count: int) -> NDArray[np.intp]:
    """All rows, or `count` of them at even steps of their rank by mean score."""
    if len(mean_M) <= count:
        return np.arange(len(mean_M))
    ranks = np.linspace(0, len(mean_M) - 1, count).round().astype(np.intp)
    return np.sort(np.argsort(mean_M, kind="stable")[ranks])


def _leading_direction(scores_MN: Floats) -> Floats:
    """Each item's place along the first singular vector of the centred scores."""
    centred_MN = scores_MN - scores_MN.mean(axis=0)
    centred_MN -= centred_MN.mean(axis=1, keepdims=True)
    _, vector_MM = np.linalg.eigh(centred_MN @ centred_MN.T)
    return np.asarray(vector_MM[:, -1] @ centred_MN)
