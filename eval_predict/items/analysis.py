"""Per item: difficulty, discrimination, fit, agreement, and flags for those that look wrong."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.errors import UserError
from eval_predict.irt.factor_model import FactorModel
from eval_predict.items.duplicates import find_duplicates
from eval_predict.stats.logistic import logistic

Floats = NDArray[np.float64]

_MIN_MODELS = 5  # with fewer, an item's order of models says nothing
_ONE_LOADING_SD = 0.01  # all items discriminate alike: what a misfit is measured against
_FALSE_SHARE = 0.05  # of the items flagged for a wrong key, expected to be right ones
_MISFIT = 1.3  # infit above which an item's answers are noisier than the model allows
_BINARY_AGREEMENT = 0.5


@dataclass(frozen=True, slots=True)
class ItemReport:
    """The statistics of one item over the history.

    Attributes:
        item: its name.
        models: how many models have a score on it.
        mean: their mean score (the share that is right): low for a difficult item.
        discrimination: correlation of the item's scores with the models' means over the other
            items; NaN where either does not vary.
        fit: infit mean square under a one-parameter logistic model: 1 as expected, above 1.3
            noisier; NaN with scores that are not on a bounded scale.
        agreement: the share of models on the side of the majority (right or wrong).
        flags: `never_right`, `never_wrong`, `negative_discrimination`, `likely_wrong_key`,
            `misfit`, `near_duplicate`.
        duplicates: items of the same text, or answered alike by all models.
    """

    item: str
    models: int
    mean: float
    discrimination: float
    fit: float
    agreement: float
    flags: tuple[str, ...] = ()
    duplicates: tuple[str, ...] = ()


def analyse_items(matrix: ScoreMatrix) -> tuple[ItemReport, ...]:
    """A report for each item, in the matrix's order.

    `likely_wrong_key` means that better models do worse: the correlation is below zero by more
    than chance, with at most 5% of the flagged items expected to be false alarms.

    Args:
        matrix: at least five models.

    Raises:
        UserError: (a ValueError) on fewer models.

    Source: Lord & Novick 1968, Statistical Theories of Mental Test Scores, section 15.2
    (item-rest correlation); Wright & Masters 1982, Rating Scale Analysis, section 5 (infit);
    Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57:289-300 (false alarms).
    """
    M, N = matrix.shape
    if M < _MIN_MODELS:
        raise UserError(
            field="scores", got=f"{M} models", expected=f"at least {_MIN_MODELS} to judge items by"
        )
    scores_MN = matrix.dense_MN()
    low, high = matrix.range
    low, high = (0.0, 1.0) if low >= 0 and high <= 1 else (low, high)
    scaled_MN = (scores_MN - low) / ((high - low) or 1.0)
    count_N = (~np.isnan(scores_MN)).sum(axis=0)
    discrimination_N = _discrimination(scaled_MN)
    wrong_key_N = _below_zero(discrimination_N, count_N)
    fit_N = _infit(matrix, scaled_MN)
    duplicates = find_duplicates(matrix)
    reports = []
    for column in range(N):
        seen = scaled_MN[~np.isnan(scaled_MN[:, column]), column]
        mean = float(seen.mean()) if seen.size else math.nan
        right = float((seen > _BINARY_AGREEMENT).mean()) if seen.size else math.nan
        twins = duplicates.get(column, ())
        flags = (
            *(("never_right",) if seen.size and seen.max() <= 0 else ()),
            *(("never_wrong",) if seen.size and seen.min() >= 1 else ()),
            *(("negative_discrimination",) if discrimination_N[column] < 0 else ()),
            *(("likely_wrong_key",) if wrong_key_N[column] else ()),
            *(("misfit",) if fit_N[column] > _MISFIT else ()),
            *(("near_duplicate",) if twins else ()),
        )
        reports.append(
            ItemReport(
                matrix.items[column],
                int(count_N[column]),
                mean * (high - low) + low,
                float(discrimination_N[column]),
                float(fit_N[column]),
                max(right, 1 - right),
                flags,
                tuple(matrix.items[twin] for twin in twins),
            )
        )
    return tuple(reports)


def _discrimination(scores_MN: Floats) -> Floats:
    """Each item's correlation with the models' means over the other items."""
    observed_MN = ~np.isnan(scores_MN)
    filled_MN = np.where(observed_MN, scores_MN, 0)
    # A model's lead over the items' means, so that a hard subset is not held against it.
    item_N = filled_MN.sum(axis=0) / np.maximum(observed_MN.sum(axis=0), 1)
    lead_MN = np.where(observed_MN, scores_MN - item_N, 0)
    total_M, count_M = lead_MN.sum(axis=1), observed_MN.sum(axis=1)
    discrimination_N = np.full(scores_MN.shape[1], np.nan)
    for column in range(scores_MN.shape[1]):
        usable = observed_MN[:, column] & (count_M > 1)
        rest = (total_M[usable] - lead_MN[usable, column]) / (count_M[usable] - 1)
        item_scores = scores_MN[usable, column]
        if usable.sum() > 2 and np.ptp(item_scores) > 0 and np.ptp(rest) > 0:
            discrimination_N[column] = np.corrcoef(item_scores, rest)[0, 1]
    return discrimination_N


def _below_zero(correlation_N: Floats, count_N: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Correlations below zero by more than chance (Fisher's z, Benjamini and Hochberg)."""
    usable_N = ~np.isnan(correlation_N) & (count_N > 4)
    p_value_N = np.ones(len(correlation_N))
    normal = NormalDist()
    for column in np.flatnonzero(usable_N):
        z = math.atanh(float(np.clip(correlation_N[column], -0.999999, 0.999999)))
        p_value_N[column] = normal.cdf(z * math.sqrt(count_N[column] - 3))
    order = np.argsort(p_value_N)
    tested = max(int(usable_N.sum()), 1)
    passes = p_value_N[order] <= _FALSE_SHARE * np.arange(1, len(order) + 1) / tested
    wrong_N = np.zeros(len(correlation_N), bool)
    if passes.any():
        wrong_N[order[: int(np.flatnonzero(passes)[-1]) + 1]] = True
    return np.asarray(wrong_N & usable_N)


def _infit(matrix: ScoreMatrix, scaled_MN: Floats) -> Floats:
    """Squared residuals of each item over what a one-parameter model expects."""
    observed_MN = ~np.isnan(scaled_MN)
    filled = ScoreMatrix.from_array(scaled_MN, matrix.models, matrix.items).filled_MN()
    model = FactorModel(_ONE_LOADING_SD, factors=1).fit(
        filled, None if observed_MN.all() else observed_MN
    )
    probability_MN = np.asarray(logistic(model.bias_N_ + model.factor_Mk_ @ model.loading_Nk_.T))
    residual_MN = np.where(observed_MN, scaled_MN - probability_MN, 0)
    expected_N = np.where(observed_MN, probability_MN * (1 - probability_MN), 0).sum(axis=0)
    expected_N[expected_N <= 0] = np.nan
    return np.asarray((residual_MN**2).sum(axis=0) / expected_N)
