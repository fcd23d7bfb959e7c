"""The record of a round's audit, as `audit.json` holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from eval_predict.stats.estimate import Estimate
from iwsi.audit.report import AuditReport
from iwsi.filter.probability import VoteProbability


@dataclass(frozen=True, slots=True)
class VoteAudit:
    """How often the vote is right on labelled rows.

    Attributes:
        rows: that were sampled and voted on.
        voted: of those, rows with a majority and a label that can be read.
        accuracy: of the majority among them; None where there are none.
    """

    rows: int
    voted: int
    accuracy: Estimate | None

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        accuracy = self.accuracy.to_dict() if self.accuracy else None
        return {"rows": self.rows, "voted": self.voted, "accuracy": accuracy}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`."""
        accuracy = fields["accuracy"]
        return cls(
            fields["rows"], fields["voted"], Estimate.from_dict(accuracy) if accuracy else None
        )


@dataclass(frozen=True, slots=True, eq=False)
class AuditRecord:
    """A round's audit.

    Attributes:
        votes: how often the vote is right.
        report: which score finds right votes; None where the rows cannot say.
        refused: why there is no report; None where there is one.
        probability: that a vote is right, fitted on these rows.
        right_answer_nll: loss of each right answer that the model gave to a labelled row, nats a
            token.
    """

    votes: VoteAudit
    report: AuditReport | None
    refused: str | None
    probability: VoteProbability
    right_answer_nll: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return {
            "votes": self.votes.to_dict(),
            "report": self.report.to_dict() if self.report else None,
            "refused": self.refused,
            "probability": self.probability.to_dict(),
            "right_answer_nll": list(self.right_answer_nll),
        }

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """The inverse of `to_dict`, after JSON."""
        report = fields["report"]
        return cls(
            VoteAudit.from_dict(fields["votes"]),
            AuditReport.from_dict(report) if report else None,
            fields["refused"],
            VoteProbability.from_dict(fields["probability"]),
            tuple(fields["right_answer_nll"]),
        )
