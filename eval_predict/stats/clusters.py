"""The variance of a mean over items that come in clusters: passages, templates, documents."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval_predict.errors import UserError

Floats = NDArray[np.float64]
Labels = Sequence[object] | NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class ClusteredVariance:
    """The statistics of a mean over clusters.

    Attributes:
        variance: of the mean, the scores of one cluster being alike to any degree.
        freedom: degrees of freedom for Student's t, at least 1.
        count: how many clusters there are.
        design_effect: the variance as a multiple of that of independent items, at least 1.
    """

    variance: float
    freedom: float
    count: int
    design_effect: float


def clustered_variance(values_N: Floats, clusters_N: Labels) -> ClusteredVariance:
    """The cluster-robust variance of the mean of N values.

    Each cluster's sum of deviations counts once; the degrees of freedom are those of as many
    clusters of one size as would vary alike. Clusters never make a mean more certain than as many
    independent items: with few of them a smaller variance is chance. Where all values are alike,
    each cluster counts as one item.

    Args:
        values_N: (N,) finite values.
        clusters_N: (N,) labels; items with the same label belong together.

    Raises:
        UserError: (a ValueError) on another number of labels, and on fewer than two clusters.

    Source: Liang & Zeger 1986, Biometrika 73:13-22; for benchmarks Miller 2024, arXiv:2411.00640,
    section 2.2; Kish 1965, Survey Sampling (effective number).
    """
    n = len(values_N)
    code_N, size_G = _codes(clusters_N, n)
    count = len(size_G)
    gap_N = values_N - values_N.mean()
    alone = float((gap_N**2).sum()) / (n * max(n - 1, 1))
    sum_G = np.bincount(code_N, weights=gap_N)
    together = float((sum_G**2).sum()) * count / ((count - 1) * n**2)
    effect = max(together / alone, 1.0) if alone > 0 else n / count
    freedom = max(float(n**2 / (size_G**2).sum()) - 1, 1.0)
    return ClusteredVariance(alone * effect, freedom, count, effect)


def _codes(clusters_N: Labels, n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    labels = [str(label) for label in clusters_N]
    if len(labels) != n:
        raise UserError(
            field="clusters", got=f"{len(labels)} labels", expected=f"{n}, one for each item"
        )
    _, code_N, size_G = np.unique(labels, return_inverse=True, return_counts=True)
    if len(size_G) < 2:
        raise UserError(
            field="clusters",
            got="one cluster",
            expected="two or more, because one cluster does not show how clusters differ",
            fix="Name a column that tells the items' passages or templates apart.",
        )
    return code_N, size_G
