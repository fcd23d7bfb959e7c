"""Filters that go by the vote alone."""

import numpy as np

from iwsi.filter.method import Method
from iwsi.filter.select import largest_limit, select
from iwsi.filter.shared import also, best_share, limited, unscored
from iwsi.filter.verdict import Candidates, FloatArray, Verdict, without_reason
from iwsi.recipe.filter import Balanced, Entropy, Lmsi, VoteShare, WeighsLoss


def lmsi(candidates: Candidates, rule: Lmsi) -> Verdict:
    """Keep every candidate that agrees with the majority.

    Source: LMSI, arXiv:2210.11610.
    """
    return limited(candidates, rule, candidates.vote_reason_C, unscored(candidates))


def entropy(candidates: Candidates, rule: Entropy) -> Verdict:
    """Keep the majority of questions whose answers have a low entropy.

    Source: Entropy-filter, a baseline of arXiv:2408.09849.
    """
    entropy_C = candidates.vote_entropy_C
    too_high_C = entropy_C > rule.max_entropy
    return limited(
        candidates, rule, also(candidates.vote_reason_C, too_high_C, "high_entropy"), entropy_C
    )


def vote_share(candidates: Candidates, rule: VoteShare) -> Verdict:
    """Keep the share of the majority that belongs to questions whose answers agree most."""
    share_C = candidates.vote_share_C
    return best_share(candidates, rule, -share_C, share_C, "low_vote_share", "no_majority")


def balanced(candidates: Candidates, rule: Balanced) -> Verdict:
    """Keep at most m candidates of each question's majority, in the order of sampling.

    m is `max_per_question`; without it the largest that keeps no more than the share `keep`, and
    at least 1.
    """
    reason_C, share_C = candidates.vote_reason_C, candidates.vote_share_C
    most = rule.max_per_question
    if most is None:
        voted_C = without_reason(reason_C)
        _, count_Q = np.unique(candidates.question_C[voted_C], return_counts=True)
        most = largest_limit(count_Q, rule.keep)
    reason_C = select(reason_C, candidates.question_C, None, keep=rule.keep, max_per_question=most)
    return Verdict(reason_C, share_C)


def by_difficulty(candidates: Candidates, rule: WeighsLoss) -> FloatArray:
    """1 up to a vote share of one half, then falling to `1 / weight_cap` where all agree."""
    hard_C = np.minimum(2 * (1 - candidates.vote_share_C), 1.0)
    return np.asarray(np.fmax(hard_C, 1 / rule.weight_cap))


METHODS = (
    Method(Lmsi, lmsi),
    Method(Entropy, entropy),
    Method(VoteShare, vote_share),
    Method(Balanced, balanced, loss_weight=by_difficulty),
)
