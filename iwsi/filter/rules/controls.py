"""Controls that studies compare filters with: a random share, and the labels."""

import numpy as np

from iwsi.filter.method import Method
from iwsi.filter.shared import best_share, limited, required
from iwsi.filter.verdict import NO_VOTE, Candidates, Verdict
from iwsi.recipe.filter import Oracle, Random


def at_random(candidates: Candidates, rule: Random) -> Verdict:
    """Keep a random share of the majority, the same for a seed: a control in studies."""
    draw_C = np.random.default_rng(0).random(len(candidates.question_C))
    return best_share(candidates, rule, draw_C, draw_C, "not_drawn", "not_drawn")


def oracle(candidates: Candidates, rule: Oracle) -> Verdict:
    """Keep what is correct by the label, also in the minority: a bound in studies."""
    correct_C = required(candidates.correct_C)
    judged_C = ~np.isin(candidates.vote_reason_C.astype(str), NO_VOTE)
    reason_C = candidates.vote_reason_C.copy()
    reason_C[judged_C] = None
    reason_C[judged_C & ~correct_C] = "wrong_answer"
    return limited(candidates, rule, reason_C, correct_C.astype(float))


METHODS = (
    Method(Random, at_random),
    Method(Oracle, oracle, frozenset({"labels"})),
)
