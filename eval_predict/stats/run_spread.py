"""Several runs of one model: how much is due to the run, the item, and neither."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval_predict.stats.estimate import Estimate
from eval_predict.stats.intervals import UNIT, Limits, t_quantile

Floats = NDArray[np.float64]

FEW_RUNS = 3  # below which one degree of freedom makes the interval a guess


@dataclass(frozen=True, slots=True)
class RunSpread:
    """Variance components of R runs on the N items that all of them have.

    Attributes:
        runs: R.
        items: N.
        between_runs: standard deviation of the runs' true means, what a new seed changes.
        between_items: standard deviation of the items' difficulty.
        residual: standard deviation of what is left: an item that goes the other way in one run.
        run_variance: the share of the runs in the variance of the mean over runs and items.
        mean_variance: variance of the mean that the runs' means show, items held fixed.
    """

    runs: int
    items: int
    between_runs: float
    between_items: float
    residual: float
    run_variance: float
    mean_variance: float

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return asdict(self)


def run_spread(scores_RN: Floats) -> RunSpread | None:
    """The variance components of runs crossed with items; None where two of each are not there.

    Args:
        scores_RN: a run's score on each item, NaN where it has none; items that a run lacks are
            left out.

    Source: Searle, Casella & McCulloch 1992, Variance Components, ch. 4 (two-way, crossed, by
    analysis of variance).
    """
    whole_RN = scores_RN[:, ~np.isnan(scores_RN).any(axis=0)]
    R, N = whole_RN.shape
    if R < 2 or N < 2:
        return None
    run_R, item_N, mean = whole_RN.mean(axis=1), whole_RN.mean(axis=0), float(whole_RN.mean())
    rest_RN = whole_RN - run_R[:, None] - item_N[None, :] + mean
    residual = float((rest_RN**2).sum()) / ((R - 1) * (N - 1))
    seen = float(run_R.var(ddof=1))
    of_runs = max(seen - residual / N, 0.0)
    of_items = max(float(item_N.var(ddof=1)) - residual / R, 0.0)
    return RunSpread(
        runs=R,
        items=N,
        between_runs=math.sqrt(of_runs),
        between_items=math.sqrt(of_items),
        residual=math.sqrt(residual),
        run_variance=of_runs / R,
        mean_variance=seen / R,
    )


def with_runs(
    estimate: Estimate, spreads: Sequence[RunSpread], level: float, limits: Limits | None = UNIT
) -> Estimate:
    """An estimate over items, with the spread of runs in its interval.

    The interval's reach on either side and that of the runs add up as squares. Student's quantile
    has the degrees of freedom of the whole variance.

    Args:
        estimate: of a mean over items, or of a difference of two; the item of each is a mean
            over runs.
        spreads: of each model in it.
        level: the estimate's own.
        limits: of the value, if it has any.

    Source: Zou & Donner 2008, Stat. Med. 27:1693-1702 (square-and-add); Satterthwaite 1946,
    Biometrics Bull. 2:110-114 (degrees of freedom).
    """
    if not spreads or not math.isfinite(estimate.high - estimate.low):
        return estimate
    freedom = max(estimate.n_observed - 1, 1)
    quantile = t_quantile(level, freedom)
    of_items = ((estimate.high - estimate.low) / (2 * quantile)) ** 2
    of_runs = sum(spread.run_variance for spread in spreads)
    parts = [of_items**2 / freedom]
    parts += [spread.mean_variance**2 / (spread.runs - 1) for spread in spreads if of_runs]
    total = (of_items + of_runs) ** 2 / sum(parts) if sum(parts) else freedom
    wider = t_quantile(level, max(min(total, freedom), 1.0))
    reach = wider * math.sqrt(of_runs)
    low = estimate.value - math.hypot((estimate.value - estimate.low) * wider / quantile, reach)
    high = estimate.value + math.hypot((estimate.high - estimate.value) * wider / quantile, reach)
    if limits is not None:
        low, high = max(low, limits.low), min(high, limits.high)
    warnings = estimate.warnings
    fewest = min(spread.runs for spread in spreads)
    if fewest < FEW_RUNS:
        warnings += (f"only {fewest} runs: the interval is a rough one",)
    method = f"{estimate.method}_and_runs"
    return replace(estimate, low=low, high=high, method=method, warnings=warnings)
