"""A filter's input, the candidates, and its output, one form of verdict for every method."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

# Reasons of the vote that no filter can overrule: a text without an answer, or without an end.
NO_VOTE = ("no_answer", "truncated")


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """All that is known of C candidates before they are selected; arrays have shape (C,).

    Attributes:
        question_C: which question each answers.
        vote_reason_C: what the vote said: why it drops a candidate, or None where it agrees with
            its question's majority.
        vote_share_C: the majority's share of its question's answers; NaN without a majority.
        vote_entropy_C: normalised entropy of its question's answers; NaN where none answered.
        text_C: the texts; only a method that compares them turns them into Python's strings.
        num_tokens_C: tokens of each text.
        sampled_nll_C: mean token loss over the completion, nats, under the model that sampled it;
            sampling itself gives it.
        nll_C: mean token loss, nats; NaN where it was not scored.
        ds_weight_C: distance from the validation rows' mean loss, as `ds_weight` gives it.
        validation_nll_V: the V validation rows' mean token losses.
        validation_tokens_V: the tokens of their worked answers.
        rating_C: the model's own rating, 0 to 10; NaN where it gave none.
        reward_C: a reward model's score.
        log_ratio_C: log density ratio of validation rows over candidates.
        right_answer_nll_R: the same loss of R right answers that the model gave to labelled rows.
        probability_C: that the vote is right, as fitted on audited rows.
        correct_C: whether the label says that it is right.
    """

    question_C: npt.NDArray[np.int64]
    vote_reason_C: npt.NDArray[Any]
    vote_share_C: FloatArray
    vote_entropy_C: FloatArray
    text_C: Sequence[str]
    num_tokens_C: npt.NDArray[np.int64]
    sampled_nll_C: FloatArray | None = None
    nll_C: FloatArray | None = None
    ds_weight_C: FloatArray | None = None
    validation_nll_V: FloatArray | None = None
    validation_tokens_V: npt.NDArray[np.int64] | None = None
    rating_C: FloatArray | None = None
    reward_C: FloatArray | None = None
    log_ratio_C: FloatArray | None = None
    right_answer_nll_R: FloatArray | None = None
    probability_C: FloatArray | None = None
    correct_C: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """Which of C candidates are trained on, and why the others are not; shapes (C,).

    `reason_C` is None where a candidate is kept. `score_C` is the number that the method ranked
    by, in its own direction; NaN where it had none.
    """

    reason_C: npt.NDArray[Any]
    score_C: FloatArray

    @property
    def keep_C(self) -> npt.NDArray[np.bool_]:
        """Whether each is kept, shape (C,)."""
        return without_reason(self.reason_C)


def without_reason(reason_C: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Where there is no reason to drop a candidate, shape (C,)."""
    return np.asarray(reason_C == None, dtype=bool)  # noqa: E711  # elementwise
