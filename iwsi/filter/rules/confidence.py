"""The filter that keeps the completions with the lowest loss."""

from dataclasses import replace
from typing import Any

import numpy as np

from iwsi.filter.method import Method
from iwsi.filter.select import rank_within
from iwsi.filter.shared import also, best_share, required
from iwsi.filter.verdict import Candidates, Verdict, without_reason
from iwsi.recipe.filter import Confidence


def confidence(candidates: Candidates, rule: Confidence) -> Verdict:
    """Keep the share of the majority whose completion has the lowest mean token loss.

    The loss is that of the model that sampled, so that no scoring pass is needed. With
    `per_question: best` each question has its likeliest candidate only.
    """
    nll_C = required(candidates.sampled_nll_C)
    if rule.per_question == "best":
        reason_C = also(candidates.vote_reason_C, ~_is_best(candidates), "not_best_of_question")
        candidates = replace(candidates, vote_reason_C=reason_C)
    return best_share(candidates, rule, nll_C, nll_C, "low_confidence", "no_finite_loss")


def _is_best(candidates: Candidates) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Whether each candidate has the lowest loss of its question's majority, shape (C,)."""
    nll_C = required(candidates.sampled_nll_C)
    voted = np.flatnonzero(without_reason(candidates.vote_reason_C) & np.isfinite(nll_C))
    order = voted[np.argsort(nll_C[voted], kind="stable")]
    best_C = np.zeros(len(nll_C), bool)
    best_C[order[rank_within(candidates.question_C[order]) == 0]] = True
    return best_C


METHODS = (Method(Confidence, confidence),)
