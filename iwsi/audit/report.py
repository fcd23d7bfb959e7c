"""The audit's report: every score's AUC and precision, a sentence on the filter, warnings."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from eval_predict.errors import UserError
from eval_predict.stats.estimate import Estimate, mean_score
from iwsi.audit.scores import TITLES, AuditedVotes, FloatArray, vote_scores
from iwsi.filter.ranking import auc_estimate, precision_at

LEAST_ROWS = 20
SHARES = (0.2, 0.4, 0.6, 0.8, 1.0)
LEVEL = 0.95
CLOSED_LIST = 20  # more different labels than this are no list of labels


@dataclass(frozen=True, slots=True)
class ScoreReport:
    """One score: how well it ranks right votes first, and how precise keeping by it is."""

    name: str
    title: str
    auc: Estimate
    precision: tuple[float, ...]  # at SHARES kept


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The findings of an audit.

    Attributes:
        rows: audited rows.
        voted: those with a majority; the scores are judged on them.
        vote_accuracy: how often the vote is right, of the rows with a majority, as `iwsi status`
            has it.
        scores: best first.
        ranked_by: the name of the score that the recipe's filter ranks by; None where it ranks by
            none.
        sentence: what it comes to, in words.
        warnings: what a run should say before it trains.
    """

    rows: int
    voted: int
    vote_accuracy: Estimate
    scores: tuple[ScoreReport, ...]
    ranked_by: str | None
    sentence: str
    warnings: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        scores = [
            {
                "name": score.name,
                "title": score.title,
                "auc": score.auc.to_dict(),
                "precision": dict(zip(map(str, SHARES), score.precision, strict=True)),
            }
            for score in self.scores
        ]
        return asdict(self) | {"scores": scores, "vote_accuracy": self.vote_accuracy.to_dict()}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`, after JSON."""
        scores = tuple(
            ScoreReport(
                score["name"],
                score["title"],
                Estimate.from_dict(score["auc"]),
                tuple(score["precision"].values()),
            )
            for score in fields["scores"]
        )
        typed = {
            "scores": scores,
            "vote_accuracy": Estimate.from_dict(fields["vote_accuracy"]),
            "warnings": tuple(fields["warnings"]),
        }
        return cls(**{**fields, **typed})


def audit(
    votes: AuditedVotes,
    rng: np.random.Generator,
    *,
    ranked_by: str | None = None,
    scores: Mapping[str, FloatArray] | None = None,
) -> AuditReport:
    """Judge every score on the labelled rows.

    Args:
        votes: the audited rows; no model that voted may have been trained on them.
        rng: of the bootstrap.
        ranked_by: the score that the recipe's filter ranks by, if any.
        scores: further scores by name, shape (Q,), higher where they say right.

    Raises:
        UserError: fewer than 20 rows with a majority, or votes that are all right or all wrong.
    """
    voted_Q, right_Q = votes.voted_Q, votes.right_Q
    check_rows(votes)
    accuracy = mean_score(right_Q[voted_Q].astype(float), LEVEL)
    found = []
    for name, score_Q in (vote_scores(votes) | dict(scores or {})).items():
        measured_Q = voted_Q & np.isfinite(score_Q)
        if _can_rank(right_Q[measured_Q]):
            found.append(_judge(name, score_Q[measured_Q], right_Q[measured_Q], rng))
    ranked = tuple(sorted(found, key=lambda score: -score.auc.value))
    by_name = {score.name: score for score in ranked}
    # A high AUC of few rows says less than a lower one whose interval lies above one half.
    best = next((score for score in ranked if score.auc.low > 0.5), ranked[0])
    return AuditReport(
        rows=len(votes.gold),
        voted=int(voted_Q.sum()),
        vote_accuracy=accuracy,
        scores=ranked,
        ranked_by=ranked_by,
        sentence=_sentence(by_name.get(ranked_by or ""), best),
        warnings=tuple(_warnings(votes, by_name.get(ranked_by or ""), accuracy)),
    )


def check_rows(votes: AuditedVotes) -> None:
    """Refuse what no AUC can be computed from.

    Raises:
        UserError: names the number of rows, or says that all votes are right or wrong.
    """
    voted = int(votes.voted_Q.sum())
    if voted < LEAST_ROWS:
        without = len(votes.gold) - voted
        raise UserError(
            field="audit.rows",
            got=f"{voted} labelled rows with a majority"
            + (f" and {without} without" if without else ""),
            expected=f"at least {LEAST_ROWS}: with fewer the interval is too wide to be of use",
            fix="Raise audit.rows, or bring more labelled rows.",
        )
    right = int(votes.right_Q[votes.voted_Q].sum())
    if right in (0, voted):
        raise UserError(
            field="audit",
            got=f"{right} of {voted} votes right",
            expected="some right and some wrong votes, to see which score tells them apart",
            fix="With every vote right no filter by correctness is needed: use filter.method=lmsi."
            if right
            else "Check task.answer and task.gold; if they are right, the model cannot do this "
            "task yet: train it on labelled rows first.",
        )


def _judge(
    name: str, score_N: FloatArray, right_N: np.ndarray[Any, Any], rng: np.random.Generator
) -> ScoreReport:
    estimate = auc_estimate(score_N, right_N, rng, level=LEVEL)
    return ScoreReport(
        name, TITLES.get(name, name), estimate, precision_at(score_N, right_N, SHARES)
    )


def _can_rank(right_N: np.ndarray[Any, Any]) -> bool:
    return len(right_N) >= LEAST_ROWS and 0 < right_N.sum() < len(right_N)


def _sentence(ranking: ScoreReport | None, best: ScoreReport) -> str:
    best_words = f"{best.title} is best: AUC {interval(best.auc)}"
    if best.auc.low <= 0.5:
        best_words = (
            f"no score separates right votes from wrong ones on these rows; the highest AUC is "
            f"{interval(best.auc)}, of {best.title}"
        )
    if ranking is None:
        return f"On this task {best_words}."
    if ranking.name == best.name:
        return f"On this task {best_words}, and the filter ranks by it."
    if ranking.auc.high < 0.5:
        finding = "prefers wrong answers"
    elif ranking.auc.low <= 0.5:
        finding = "does not differ from chance beyond its error"
    else:
        finding = "prefers right answers"
    return f"On this task {ranking.title} {finding}: AUC {interval(ranking.auc)}; {best_words}."


def interval(estimate: Estimate) -> str:
    """An AUC with its interval: `.19 [.17, .21]`."""
    value, low, high = (
        f"{number:.2f}".removeprefix("0")
        for number in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} [{low}, {high}]"


def _warnings(votes: AuditedVotes, ranking: ScoreReport | None, accuracy: Estimate) -> list[str]:
    warnings = []
    if accuracy.value < 0.5:
        warnings.append(
            f"The vote is right on {accuracy.value:.0%} [{accuracy.low:.0%}, {accuracy.high:.0%}] "
            f"of the {int(votes.voted_Q.sum())} labelled rows with a majority: most of what a "
            "round would train on is wrong."
        )
    if ranking is not None and ranking.auc.high < 0.5:
        warnings.append(
            f"The filter ranks by {ranking.title}, which prefers wrong answers here: AUC "
            f"{interval(ranking.auc)}. Choose another filter.method."
        )
    elif ranking is not None and ranking.auc.low <= 0.5:
        warnings.append(
            f"The filter ranks by {ranking.title}, which does not differ from chance here: AUC "
            f"{interval(ranking.auc)}."
        )
    labels = Counter(votes.gold)
    missing = sorted(set(labels) - set(votes.answer) - {None})
    if missing and len(labels) <= CLOSED_LIST:
        rows = sum(labels[label] for label in missing)
        warnings.append(
            f"No vote gives {', '.join(map(repr, missing))}, the label of {rows} of "
            f"{len(votes.gold)} labelled rows: a round cannot teach it."
        )
    return warnings
