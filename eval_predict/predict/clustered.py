"""A wider interval where whole passages or templates were run, and not single items."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.observed import Observed
from eval_predict.stats.clusters import Labels, clustered_variance
from eval_predict.stats.estimate import Estimate, few_clusters
from eval_predict.stats.intervals import normal_quantile, t_quantile


def with_clusters(
    estimate: Estimate, observed: Observed, clusters_N: Labels, mean_N: NDArray[np.float64]
) -> Estimate:
    """The estimate of a target whose items came a cluster at a time.

    The interval widens on both sides by the square root of the design effect of the clusters on
    the scores' differences from the history's means, and by Student's quantile for as many
    clusters. It stays inside [0, 1] where the scores do.

    Args:
        estimate: of one target, for items that came one by one.
        observed: the target's scores (T = 1).
        clusters_N: a label for each of the N items.
        mean_N: the history's mean score on each item; NaN where there is none.

    Raises:
        UserError: (a ValueError) where all observed items are of one cluster.

    Source: Kish 1965, Survey Sampling, section 5.4 (the design effect).
    """
    items_n, scores_n = observed.items_Tn[0], observed.scores_Tn[0]
    if len(items_n) == len(mean_N) or not np.isfinite([estimate.low, estimate.high]).all():
        return estimate
    whole = 0.0 if np.isnan(mean_N).all() else float(np.nanmean(mean_N))
    expected_n = np.nan_to_num(mean_N, nan=whole)[items_n]
    labels = [clusters_N[place] for place in items_n.tolist()]
    spread = clustered_variance(scores_n - expected_n, labels)
    factor = np.sqrt(spread.design_effect)
    factor *= t_quantile(estimate.level, spread.freedom) / normal_quantile(estimate.level)
    low, high = (
        estimate.value + factor * (bound - estimate.value)
        for bound in (estimate.low, estimate.high)
    )
    if scores_n.min() >= 0 and scores_n.max() <= 1:
        low, high = max(low, min(0.0, estimate.low)), min(high, max(1.0, estimate.high))
    warnings = (*estimate.warnings, *few_clusters(spread))
    return replace(estimate, low=float(low), high=float(high), warnings=warnings)
