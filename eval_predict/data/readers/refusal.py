"""Files that are known and hold no scores of items: one line says what they are."""

from pathlib import Path

from eval_predict.errors import UserError

SCORES_OF_ITEMS = "scores of single items"


class NoScoresError(UserError):
    """A file of a known tool that has no scores of items: averages, completions, headers.

    In a folder such a file is passed over where others have the scores.
    """


class AveragesError(NoScoresError):
    """The averages of a run. Beside the run's logs nothing is missing, and no note names it."""


def no_scores(path: Path, found: str, fix: str) -> NoScoresError:
    """The error of a file in which `found` was found, and what to do instead."""
    return NoScoresError(where=path, got=found, expected=SCORES_OF_ITEMS, fix=fix)
