"""A recipe's task from a file of rows: which columns are question, options, gold and rationale."""

from iwsi.tasks.proposal.propose import Given, Proposal, propose

__all__ = ["Given", "Proposal", "propose"]
