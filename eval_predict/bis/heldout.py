"""Splits of the source that mimic the shift: how much of a predicted difference comes true."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.bis.direct import Ridge

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)  # of the source items, held out at either end of the ratio


class EndShare(NamedTuple):
    """How much of a predicted shift to believe, and how badly any such share fits the ends.

    Attributes:
        share: in [0, 1].
        misfit: mean squared error of the ends' differences at this share, as a multiple of their
            sampling variance: about 1 where one share fits all ends.
    """

    share: float
    misfit: float


class HeldOutEnds:
    """The source's ends along the ratio, each in turn the target of what remains.

    Items with the highest ratio are those most like the target, so that the rest of the source has
    to be extrapolated towards it, as for the target itself; the other end asks for the same way
    back.

    Args:
        features_SF: (S, F) features of the source items.
        log_ratio_S: (S,) log ratios of target to source.
        seed: of the order of equal ratios, which would else be the file's.
        shares: of the source items, held out at either end.
    """

    def __init__(
        self,
        features_SF: NDArray[np.float64],
        log_ratio_S: NDArray[np.float64],
        seed: int,
        shares: Sequence[float] = SHARES,
    ) -> None:
        S = len(log_ratio_S)
        probability_S = np.random.default_rng([seed, 5]).random(S)
        order = np.lexsort((probability_S, log_ratio_S))
        sizes = [round(share * S) for share in shares]
        ends = [part for size in sizes for part in (order[:size], order[S - size :])]
        self._splits = []
        for held in ends:
            rest = np.setdiff1d(order, held)
            ridge = Ridge(features_SF[rest], features_SF[held].mean(axis=0))
            self._splits.append((held, rest, ridge))

    def share(self, scores_SM: NDArray[np.float64], position: int, expected: float) -> EndShare:
        """The share in [0, 1] of the predicted differences that explains the true ones best.

        Least squares over ends and M models, each difference in units of its model's variance. The
        share is drawn to the expected one with the weight of the true differences' sampling
        variance, so that it stays there where they are lost in noise.

        Args:
            scores_SM: (S, M) scores without gaps.
            position: of the penalty in `PENALTIES`.
            expected: what the share is without any evidence.

        Source: Efron & Morris 1973, J. Am. Stat. Assoc. 68:117-130 (shrinkage by a variance); the
            splits are this module's own.
        """
        spread_M = scores_SM.var(axis=0)
        varied_M = spread_M > 1e-12
        unit_M = spread_M[varied_M]
        product = square = noise = total = 0.0
        for held, rest, ridge in self._splits:
            held_BM, rest_AM = scores_SM[held][:, varied_M], scores_SM[rest][:, varied_M]
            true_M = held_BM.mean(axis=0) - rest_AM.mean(axis=0)
            predicted_M = (ridge.weights(position) - 1 / len(rest)) @ rest_AM
            variance_M = held_BM.var(axis=0) / len(held) + rest_AM.var(axis=0) / len(rest)
            product += float((predicted_M * true_M / unit_M).sum())
            square += float((predicted_M**2 / unit_M).sum())
            noise += float((variance_M / unit_M).sum())
            total += float((true_M**2 / unit_M).sum())
        if not noise:
            return EndShare(expected, 0.0)
        share = float(np.clip((product + expected * noise) / (square + noise), 0, 1))
        return EndShare(share, (total - 2 * share * product + share**2 * square) / noise)
