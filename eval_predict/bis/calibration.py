"""How far scores of the same kind of prompt differ between benchmarks: what no source can say."""

# Standard deviation of what no feature explains, in standard deviations of a model's scores on
# the source, where covariates alone tell target from source always. Chosen so that 90% intervals
# cover over the protocol's seeds from 100 on.
_SHIFT = {
    "auto": 0.47,
    "direct": 0.42,
    "doubly_robust": 0.42,
    "weighted": 0.54,
    "source_mean": 0.64,
}
_POWER = 3


def shift_share(method: str, separability: float) -> float:
    """Standard deviation of the unexplained shift, as a share of the scores' standard deviation.

    It grows from 0, where source and target cannot be told apart, as a power of `2 a − 1`, with
    `a` the area under the ROC curve of a classifier on the covariates.

    Args:
        method: one of `combine.METHODS`.
        separability: a.
    """
    return _SHIFT[method] * float(min(max(2 * separability - 1, 0), 1) ** _POWER)
