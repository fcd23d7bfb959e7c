"""The logistic function."""

from typing import Any


def logistic(logit: Any) -> Any:
    """`1 / (1 + exp(−logit))`, of the precision that comes in, without overflow."""
    # scipy takes half a second to import, which those who only read scores need not wait for.
    from scipy.special import expit

    return expit(logit)
