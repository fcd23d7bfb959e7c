"""Factorised active querying: one item at a time, drawn by its uncertainty and information."""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed, Selection
from eval_predict.irt.factor_model import FactorModel, Floats
from eval_predict.irt.item_bank import HistoryModel, history_model
from eval_predict.irt.sequential import Belief
from eval_predict.select.design import AdaptiveDesign


class FAQDesign(AdaptiveDesign):
    """Draws of one item each, with probabilities that follow a Bayesian factor model.

    A score mixes `√(p(1 − p))`, which makes the corrected mean least variable, with the expected
    drop in the variance of the mean (active learning); the latter's share falls to nothing over
    the first part of the budget. The mixture is tempered and joined with an even share.

    What is ours: items are drawn without replacement; the factor model is this package's (three
    factors and an item's ease); the four numbers are not tuned on the history, as the paper does,
    but are those that its published logs choose most often for complete histories, where active
    learning has no share.

    Args:
        power: exponent of the mixed score (beta0 in the paper).
        learning: part of the budget over which active learning loses its share (rho); 0 for none.
        warming: part of the budget over which the exponent grows to `power` (gamma); 0 for at once.
        even: share of even probabilities (tau).

    Source: arXiv:2601.20251, section 4 (algorithm 1), and its published code for the schedule.
    """

    def __init__(
        self,
        power: float = 1.0,
        learning: float = 0.0,
        warming: float = 0.0,
        even: float = 0.25,
    ) -> None:
        self.power = power
        self.learning = learning
        self.warming = warming
        self.even = even

    def fit(self, history: ScoreMatrix) -> Self:
        """Fit the factor model."""
        super().fit(history)
        self.model_ = history_model(history)
        self.budget_ = self.num_items_
        return self

    def stages(self, budget: int) -> list[int]:
        """One item each; all at once where the history is too small for a model."""
        self.budget_ = budget
        return [budget] if self.model_ is None else [1] * budget

    def _select(self, budget: int, rng: np.random.Generator) -> Selection:
        if self.model_ is None:
            items_n = rng.permutation(self.num_items_)[:budget]
            share = budget / self.num_items_
            return Selection(items_n[None].astype(np.intp), np.full((1, budget), share))
        belief = Belief.before(self.model_.free_, 1)
        none_1N = np.zeros((1, self.num_items_), bool)
        items, shares = [], []
        for _ in range(budget):
            probability_1N = self._probability(self.model_.free_, belief, none_1N, 0)
            item_1 = _draw(probability_1N, rng)
            items.append(item_1[0])
            shares.append(float(probability_1N[0, item_1[0]]))
            none_1N[0, item_1] = True
        return Selection(np.array([items], np.intp), np.array([shares]))

    def _next(self, observed: Observed, batch: int, rng: np.random.Generator) -> Selection:
        # One item after the other, each with the belief so far.
        T = observed.shape[0]
        seen_TN = np.zeros((T, self.num_items_), bool)
        np.put_along_axis(seen_TN, observed.items_Tn, True, axis=1)
        belief = None if self.model_ is None else believed(self.model_, observed)
        items, shares = [], []
        for _ in range(batch):
            probability_TN = _even(seen_TN)
            if self.model_ is not None and belief is not None:
                probability_TN = self._probability(
                    self.model_.free_, belief, seen_TN, observed.shape[1]
                )
            item_T = _draw(probability_TN, rng)
            items.append(item_T)
            shares.append(probability_TN[np.arange(T), item_T])
            seen_TN[np.arange(T), item_T] = True
        return Selection(np.stack(items, axis=1), np.stack(shares, axis=1))

    def _probability(
        self, factors: FactorModel, belief: Belief, seen_TN: NDArray[np.bool_], before: int
    ) -> Floats:
        """The probability (T, N) of each item to be the next one."""
        probability_TN = belief.chances(factors)
        weight_TN = probability_TN * (1 - probability_TN)
        score_TN = np.where(seen_TN, 0.0, np.sqrt(weight_TN))
        score_TN /= score_TN.sum(axis=1, keepdims=True)
        part = (before + 1) / self.budget_
        share = max(0.0, 1 - part / self.learning) if self.learning else 0.0
        if share:
            informed_TN = np.where(seen_TN, 0.0, _information(factors, belief, weight_TN))
            informed_TN /= np.maximum(informed_TN.sum(axis=1, keepdims=True), 1e-300)
            score_TN = (1 - share) * score_TN + share * informed_TN
        power = self.power * (min(part / self.warming, 1.0) if self.warming else 1.0)
        score_TN = np.where(seen_TN, 0.0, score_TN**power)
        score_TN /= score_TN.sum(axis=1, keepdims=True)
        return (1 - self.even) * score_TN + self.even * _even(seen_TN)


def believed(model: HistoryModel, observed: Observed) -> Belief:
    """The belief after all observed scores, in the order in which they came."""
    belief = Belief.before(model.free_, observed.shape[0])
    scores_Tn = model.scaled(observed.scores_Tn)
    for column in range(observed.shape[1]):
        belief = belief.after(model.free_, observed.items_Tn[:, column], scores_Tn[:, column])
    return belief


def _information(factors: FactorModel, belief: Belief, weight_TN: Floats) -> Floats:
    """The expected reduction of the mean's variance by each item's score (T, N)."""
    loading_Nk = factors.loading_Nk_
    spread_TN = np.einsum(
        "nk,tkl,nl->tn", loading_Nk, belief.covariance_Tkk, loading_Nk, optimize=True
    )
    slope_Tk = weight_TN @ loading_Nk / len(loading_Nk)
    toward_Tk = (belief.covariance_Tkk @ slope_Tk[..., None])[..., 0]
    return np.asarray(
        weight_TN * (toward_Tk @ loading_Nk.T) ** 2 / (1 + weight_TN * spread_TN), np.float64
    )


def _even(seen_TN: NDArray[np.bool_]) -> Floats:
    left_T = (~seen_TN).sum(axis=1, keepdims=True)
    return np.where(seen_TN, 0.0, 1 / np.maximum(left_T, 1))


def _draw(probability_TN: Floats, rng: np.random.Generator) -> NDArray[np.intp]:
    reached_TN = np.cumsum(probability_TN, axis=1)
    step_T = rng.random(len(probability_TN)) * reached_TN[:, -1]
    return np.asarray((reached_TN <= step_T[:, None]).sum(axis=1), np.intp)
