"""How far scores of the same kind of prompt differ between benchmarks: what no source can say."""

# Standard deviation of what no feature explains, in standard deviations of a model's scores on
# the source, where covariates alone tell target from source always. Chosen, with the two numbers
# below, so that 90% intervals cover over the protocol's seeds from 100 on.
SHIFT = {
    "auto": 0.55,
    "direct": 0.5,
    "doubly_robust": 0.5,
    "weighted": 0.6,
    "source_mean": 0.74,
}
GRADUAL = 0.15  # share of the variance that grows as the square, from the first difference on
POWER = 16  # with which the rest grows: nearly all of it where hardly any item overlaps


def shift_share(method: str, separability: float) -> float:
    """Standard deviation of the unexplained shift, as a share of the scores' standard deviation.

    It grows from 0, where source and target cannot be separated, with `x = 2 a − 1`, and `a` the
    area under the ROC curve of a classifier on the covariates.

    Args:
        method: one of `combine.METHODS`.
        separability: a.
    """
    x = float(min(max(2 * separability - 1, 0), 1))
    return float(SHIFT[method] * (GRADUAL * x**2 + (1 - GRADUAL) * x**POWER) ** 0.5)
