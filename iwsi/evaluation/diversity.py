"""How diverse a round's candidates are, and how often one of them is right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from eval_predict.stats.estimate import Estimate, mean_score
from iwsi.evaluation.repetition import distinct_ngrams, self_bleu

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

PASS_AT = (1, 2, 4, 8)
MOST_QUESTIONS = 200  # whose texts are compared, spread evenly: comparing takes Python's time
MOST_TEXTS = 32  # of each of them


@dataclass(frozen=True, slots=True)
class Diversity:
    """How unlike the candidates of the same question are; means over questions.

    Attributes:
        questions: that were sampled.
        candidates: of all of them.
        distinct_answers: of a question; None where a closed list was scored.
        vote_entropy: normalised, in [0, 1]; None where no candidate answered.
        unanimous: share of questions whose candidates all give one answer; None as above.
        mean_tokens: of a completion.
        truncated: share of candidates that ended at `sample.max_tokens`.
        distinct_4grams: different word 4-grams over all of a question's; None where texts are
            too short, or come from a closed list.
        self_bleu: BLEU-4 of each candidate against the others of its question; None likewise.
    """

    questions: int
    candidates: int
    distinct_answers: float | None
    vote_entropy: float | None
    unanimous: float | None
    mean_tokens: float
    truncated: float
    distinct_4grams: float | None
    self_bleu: float | None


@dataclass(frozen=True, slots=True)
class LabelledDiversity:
    """Diversity on labelled rows that no model was trained on, and how often answers are right.

    Attributes:
        diversity: of their candidates.
        pass_at: by k, the probability that one of k candidates is right.
        majority_accuracy: of all rows; a row without a majority counts as wrong.
        held_out_loss: mean token loss of the worked answers, in nats; None where it was not
            measured. It rises when a model forgets how the labelled rows are written.
    """

    diversity: Diversity
    pass_at: Mapping[int, Estimate]
    majority_accuracy: Estimate
    held_out_loss: Estimate | None

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read it from its part of the JSON file."""
        loss = fields["held_out_loss"]
        return cls(
            Diversity(**fields["diversity"]),
            {int(k): Estimate.from_dict(share) for k, share in fields["pass_at"].items()},
            Estimate.from_dict(fields["majority_accuracy"]),
            Estimate.from_dict(loss) if loss else None,
        )


@dataclass(frozen=True, slots=True)
class RoundDiversity:
    """Diversity on training and labelled rows, of the model of the round before.

    Attributes:
        training: on the training questions.
        labelled: None without an audit.
        warnings: signs of collapse since the round before, each with its reason.
    """

    training: Diversity
    labelled: LabelledDiversity | None
    warnings: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read it from its JSON file."""
        labelled = fields["labelled"]
        return cls(
            Diversity(**fields["training"]),
            LabelledDiversity.from_dict(labelled) if labelled else None,
            tuple(fields["warnings"]),
        )


def diversity(
    question_N: IntArray,
    answer_N: IntArray,
    entropy_N: FloatArray,
    num_tokens_N: IntArray,
    truncated_N: BoolArray,
    texts: Sequence[str],
    *,
    closed_list: bool = False,
) -> Diversity:
    """Diversity of N candidates.

    Args:
        question_N: which of the questions 0, 1, … each answers, shape (N,).
        answer_N: code of its answer, -1 where it has none, shape (N,).
        entropy_N: of its question's answers, NaN where none answered, shape (N,).
        num_tokens_N: of its completion, shape (N,).
        truncated_N: whether it ended at the limit, shape (N,); then it has no vote.
        texts: N texts; some of them are read.
        closed_list: whether the candidates are all labels of a closed list, one of each: then
            their number and their texts say nothing.
    """
    count_Q = np.bincount(question_N)
    entropy = entropy_N[np.isfinite(entropy_N)]
    voter_N = (answer_N >= 0) & ~truncated_N
    distinct_Q = _distinct(question_N[voter_N], answer_N[voter_N], len(count_Q))
    votes_Q = np.bincount(question_N[voter_N], minlength=len(count_Q))
    compared = [] if closed_list else _compared(question_N, texts)
    return Diversity(
        questions=len(count_Q),
        candidates=len(question_N),
        distinct_answers=None if closed_list else float(distinct_Q.mean()),
        vote_entropy=_over_questions(question_N, entropy_N) if entropy.size else None,
        unanimous=None if closed_list else float(((distinct_Q == 1) & (votes_Q == count_Q)).mean()),
        mean_tokens=float(num_tokens_N.mean()),
        truncated=float(truncated_N.mean()),
        distinct_4grams=_mean([distinct_ngrams(group, 4) for group in compared]),
        self_bleu=_mean([self_bleu(group) for group in compared]),
    )


def pass_at_k(correct_Q: IntArray, sampled_Q: IntArray, k: int) -> FloatArray:
    """Probability that one of k of a question's candidates is right, unbiased, shape (Q,).

    `1 - C(n - c, k) / C(n, k)` of n candidates with c right ones; NaN where n < k.

    Source: Chen et al. 2021, arXiv:2107.03374, eq. 1.

    Args:
        correct_Q: right candidates of each question, shape (Q,).
        sampled_Q: candidates of each question, shape (Q,).
        k: at least 1.
    """
    wrong_Q = sampled_Q - correct_Q
    with np.errstate(invalid="ignore"):
        log_all_wrong_Q = (
            gammaln(wrong_Q + 1)
            - gammaln(np.maximum(wrong_Q - k, 0) + 1)
            - gammaln(sampled_Q + 1)
            + gammaln(np.maximum(sampled_Q - k, 0) + 1)
        )
    found_Q = np.where(wrong_Q < k, 1.0, 1 - np.exp(log_all_wrong_Q))
    return np.where(sampled_Q < k, np.nan, found_Q)


def pass_at(correct_N: BoolArray, question_N: IntArray) -> dict[int, Estimate]:
    """Means over questions for k = 1, 2, 4, 8 and n, as far as there are k candidates.

    Args:
        correct_N: whether each candidate is right, shape (N,).
        question_N: which question it answers, shape (N,).
    """
    sampled_Q = np.bincount(question_N)
    correct_Q = np.bincount(question_N[correct_N], minlength=len(sampled_Q))
    most = int(sampled_Q.min())
    ks = sorted({k for k in (*PASS_AT, most) if 1 <= k <= most})
    return {k: mean_score(pass_at_k(correct_Q, sampled_Q, k)) for k in ks}


def closed_pass_at(right_Q: FloatArray, n: int) -> dict[int, Estimate]:
    """As `pass_at`, where each question's probability of a right answer is known, shape (Q,)."""
    ks = sorted({k for k in (*PASS_AT, n) if 1 <= k <= n})
    return {k: mean_score(1 - (1 - right_Q) ** k) for k in ks}


def _distinct(question_V: IntArray, answer_V: IntArray, questions: int) -> IntArray:
    """Distinct answers of each question, shape (Q,), from those of V votes."""
    if not len(answer_V):
        return np.zeros(questions, np.int64)
    pairs = np.unique(question_V * (int(answer_V.max()) + 1) + answer_V)
    return np.bincount(pairs // (int(answer_V.max()) + 1), minlength=questions)


def _over_questions(question_N: IntArray, value_N: FloatArray) -> float:
    """The mean over questions of a value that all candidates of a question share."""
    _, first_Q = np.unique(question_N, return_index=True)
    return float(np.nanmean(value_N[first_Q]))


def _compared(question_N: IntArray, texts: Sequence[str]) -> list[list[str]]:
    """The texts of some questions, by question."""
    order = np.argsort(question_N, kind="stable")
    ends = np.cumsum(np.bincount(question_N))
    picked = np.unique(np.linspace(0, len(ends) - 1, min(MOST_QUESTIONS, len(ends))).astype(int))
    begins = np.r_[0, ends[:-1]]
    return [
        [texts[row] for row in order[begins[q] : ends[q]][:MOST_TEXTS].tolist()]
        for q in picked.tolist()
    ]


def _mean(values: Sequence[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return float(np.mean(found)) if found else None
