"""Puts what the checks found into an estimate: warnings, and a wide interval if need be."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from eval_predict.data.checks import Finding
from eval_predict.data.observed import Observed
from eval_predict.stats.estimate import Estimate


def with_findings(
    estimate: Estimate, findings: Sequence[Finding], observed: Observed, num_items: int
) -> Estimate:
    """The estimate with the findings as warnings before its own.

    Where a finding says that the observed items cannot stand for the others, the interval becomes
    what the observed scores leave possible: all unseen items wrong, or all right. Scores outside
    [0, 1] leave everything possible.

    Args:
        estimate: of one target.
        findings: as from `check_observed`.
        observed: the target's scores (T = 1).
        num_items: N.
    """
    texts = tuple(finding.text for finding in findings)
    estimate = replace(estimate, warnings=texts + estimate.warnings)
    scores_n = observed.scores_Tn[0]
    if not any(finding.unbounded for finding in findings) or scores_n.size == num_items:
        return estimate
    low, high = -math.inf, math.inf
    if scores_n.min() >= 0 and scores_n.max() <= 1:
        low = float(scores_n.sum()) / num_items
        high = low + 1 - scores_n.size / num_items
    value = float(np.clip(estimate.value, low, high))
    return replace(estimate, value=value, low=low, high=high)
