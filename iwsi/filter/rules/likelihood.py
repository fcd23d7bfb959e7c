"""Baselines by likelihood: the answers that fit the model best, and a ratio as loss weight."""

import numpy as np

from iwsi.filter.likelihood_ratio import loss_likelihood_ratio
from iwsi.filter.method import Method
from iwsi.filter.select import rank_within
from iwsi.filter.shared import also, limited, required
from iwsi.filter.verdict import Candidates, FloatArray, Verdict, without_reason
from iwsi.recipe.filter import Grape, LikelihoodRatio


def grape(candidates: Candidates, rule: Grape) -> Verdict:
    """Keep the `likeliest` completions of each question's majority.

    They are ranked by their mean token loss under the model that sampled.

    Source: GRAPE, arXiv:2502.04194, which takes the likeliest response of several sources; here
    the vote stands for their correctness.
    """
    nll_C = required(candidates.sampled_nll_C)
    reason_C = also(candidates.vote_reason_C, ~np.isfinite(nll_C), "no_finite_loss")
    voted = np.flatnonzero(without_reason(reason_C))
    order = voted[np.argsort(nll_C[voted], kind="stable")]
    reason_C[order[rank_within(candidates.question_C[order]) >= rule.likeliest]] = "not_likeliest"
    return limited(candidates, rule, reason_C, nll_C)


def likelihood_ratio(candidates: Candidates, rule: LikelihoodRatio) -> Verdict:
    """Keep the majority; the likelihood ratio of a candidate's loss is its loss weight."""
    ratio_C = _ratio(candidates)
    reason_C = also(candidates.vote_reason_C, ~np.isfinite(ratio_C), "no_finite_loss")
    return limited(candidates, rule, reason_C, ratio_C)


def by_likelihood_ratio(candidates: Candidates, rule: LikelihoodRatio) -> FloatArray:
    """The ratio, cut to lie within the square root of `weight_cap` of 1 on either side."""
    most = np.sqrt(rule.weight_cap)
    return np.clip(np.nan_to_num(_ratio(candidates), nan=1.0), 1 / most, most)


def _ratio(candidates: Candidates) -> FloatArray:
    """Likelihood ratios, with the density of the majority's losses as the denominator."""
    voted_C = without_reason(candidates.vote_reason_C)
    nll_C = np.where(voted_C, required(candidates.nll_C), np.nan)
    return loss_likelihood_ratio(nll_C, required(candidates.validation_nll_V))


METHODS = (
    Method(Grape, grape),
    Method(LikelihoodRatio, likelihood_ratio, frozenset({"losses"}), by_likelihood_ratio),
)
