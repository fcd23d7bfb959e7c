"""The filter by the probability that a vote is right, fitted on audited rows."""

import numpy as np

from iwsi.filter.method import Method
from iwsi.filter.probability import largest_precise
from iwsi.filter.shared import best_share, limited, required
from iwsi.filter.verdict import Candidates, FloatArray, Verdict, without_reason
from iwsi.recipe.filter import Auto


def auto(candidates: Candidates, rule: Auto) -> Verdict:
    """Keep the likeliest right of the majority: the share `keep`, or by `min_precision`.

    The score of each candidate is that probability.
    """
    probability_C = required(candidates.probability_C)
    if rule.min_precision is None:
        return best_share(
            candidates, rule, -probability_C, probability_C, "low_probability", "no_probability"
        )
    reason_C = candidates.vote_reason_C.copy()
    voted = np.flatnonzero(without_reason(reason_C))
    unknown = ~np.isfinite(probability_C[voted])
    reason_C[voted[unknown]] = "no_probability"
    measured = voted[~unknown]
    ranked = measured[np.argsort(-probability_C[measured], kind="stable")]
    reason_C[ranked[largest_precise(probability_C[measured], rule.min_precision) :]] = (
        "low_probability"
    )
    return limited(candidates, rule, reason_C, probability_C)


def by_probability(candidates: Candidates, rule: Auto) -> FloatArray:
    """The probability as loss weight, where the recipe sets it; else all weights are equal."""
    probability_C = required(candidates.probability_C)
    return probability_C if rule.weigh_by_probability else np.ones(len(probability_C))


METHODS = (Method(Auto, auto, frozenset({"audit"}), by_probability),)
