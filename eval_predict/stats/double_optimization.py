"""Double optimisation: items and their weights by gradient descent, with early stopping."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.stats.holdout import every_fifth

_MAX_STEPS = 1000
_PATIENCE = 100
_WEIGHT_RATE = 0.1
_CHOICE_RATE = 0.001
_DECAY = 1e-4
_TRAIN_SHARE = 0.8


def choose(
    scores_MN: NDArray[np.float64], budget: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Choose (budget,) items that, weighed along with the choice, reproduce the M mean scores.

    A choice in [0, 1] for every item, of sum `budget`, is rounded to its highest entries, whose
    gradient passes straight through. Of the steps the one is kept that does best on a fifth of the
    models, held out. The weights end with the search: `weigh` finds them for any items.

    Source: arXiv:2506.07673, section 3 ("double optimize").
    """
    N = scores_MN.shape[1]
    held_out_M = np.zeros(len(scores_MN), dtype=bool)
    held_out_M[rng.permutation(len(scores_MN))[max(1, int(_TRAIN_SHARE * len(scores_MN))) :]] = True
    problem = _Problem.split(scores_MN, scores_MN.mean(axis=1), held_out_M)
    weight = _Adam(rng.standard_normal((N,)), _WEIGHT_RATE)
    choice = _Adam(np.ones(N) * (budget / N), _CHOICE_RATE)
    tie_N = rng.random(N) * 1e-12
    best_n, best_loss, idle = np.arange(budget), np.inf, 0
    for _ in range(_MAX_STEPS):
        items_n = np.argpartition(-(choice.value + tie_N), budget - 1)[:budget]
        loss, pull_N = problem.step(items_n, weight.value[items_n])
        if loss < best_loss:
            best_n, best_loss, idle = items_n, loss, 0
        elif (idle := idle + 1) > _PATIENCE:
            break
        kept_N = np.zeros(N)
        kept_N[items_n] = 1
        choice_pull_N = pull_N * weight.value
        weight.descend(pull_N * kept_N)
        choice.descend(choice_pull_N)
        choice.value = _onto_choices(choice.value, budget)
    return np.sort(best_n)


def weigh(features_Mn: NDArray[np.float64], mean_M: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights (n,) of items that are given, by the same descent.

    It starts at zero, where the joint descent soon takes the weights of most of its choice: all
    then grow alike, and early stopping keeps them so.
    """
    budget = features_Mn.shape[1]
    problem = _Problem.split(features_Mn, mean_M, every_fifth(features_Mn, mean_M))
    everything_n = np.arange(budget)
    weight = _Adam(np.zeros(budget), _WEIGHT_RATE)
    best_n, best_loss, idle = weight.value, np.inf, 0
    for _ in range(_MAX_STEPS):
        loss, pull_n = problem.step(everything_n, weight.value)
        if loss < best_loss:
            best_n, best_loss, idle = weight.value, loss, 0
        elif (idle := idle + 1) > _PATIENCE:
            break
        weight.descend(pull_n)
    return best_n


class _Problem(NamedTuple):
    """Mean squared error on training models, whose gradient is followed, and on held-out ones."""

    train_mN: NDArray[np.float64]
    train_mean_m: NDArray[np.float64]
    held_out_hN: NDArray[np.float64]
    held_out_mean_h: NDArray[np.float64]

    @classmethod
    def split(
        cls,
        scores_MN: NDArray[np.float64],
        mean_M: NDArray[np.float64],
        held_out_M: NDArray[np.bool_],
    ) -> "_Problem":
        train_M = ~held_out_M
        judge_M = held_out_M if held_out_M.any() else train_M
        return cls(scores_MN[train_M], mean_M[train_M], scores_MN[judge_M], mean_M[judge_M])

    def step(
        self, items_n: NDArray[np.intp], weight_n: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64]]:
        """The held-out loss, and the training loss's gradient by `kept · weight` of every item."""
        share_n = weight_n / len(items_n)
        error_h = self.held_out_hN[:, items_n] @ share_n - self.held_out_mean_h
        error_m = self.train_mN[:, items_n] @ share_n - self.train_mean_m
        pull_N = error_m @ self.train_mN * (2 / (len(error_m) * len(items_n)))
        return float((error_h**2).mean()), np.asarray(pull_N)


class _Adam:
    """Adam with L2 decay, as torch has it (arXiv:1412.6980, algorithm 1)."""

    def __init__(self, start: NDArray[np.float64], rate: float) -> None:
        self.value = start
        self._rate = rate
        self._mean = np.zeros_like(start)
        self._square = np.zeros_like(start)
        self._steps = 0

    def descend(self, gradient: NDArray[np.float64]) -> None:
        gradient = gradient + _DECAY * self.value
        self._steps += 1
        self._mean = 0.9 * self._mean + 0.1 * gradient
        self._square = 0.999 * self._square + 0.001 * gradient**2
        scale = np.sqrt(self._square / (1 - 0.999**self._steps)) + 1e-8
        self.value = self.value - self._rate / (1 - 0.9**self._steps) * self._mean / scale


def _onto_choices(choice_N: NDArray[np.float64], budget: int) -> NDArray[np.float64]:
    """The nearest point with entries in [0, 1] and sum `budget`, by bisection of the shift."""
    low, high = choice_N.min() - 1, choice_N.max()
    while high - low > 1e-6:
        middle = (low + high) / 2
        if np.clip(choice_N - middle, 0, 1).sum() > budget:
            low = middle
        else:
            high = middle
    return np.asarray(np.clip(choice_N - (low + high) / 2, 0, 1), np.float64)
