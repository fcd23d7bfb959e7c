"""The runs of a folder, with their results and what each does next."""

from dataclasses import dataclass
from pathlib import Path

from eval_predict.errors import UserError
from iwsi.rounds.layout import LEDGER, RECIPE
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.reports import RunSummary
from iwsi.rounds.run_dir import read_recipe
from iwsi.rounds.summary import summarise


@dataclass(frozen=True, slots=True)
class ListedRun:
    """One run of a folder.

    Attributes:
        path: The run directory.
        task: The task's name; None for a run that cannot be read.
        base, result: Accuracies of the base model and of the result by full tests, where there
            are such tests.
        next_stage: The first stage that is still to be done; None for a run that is done.
        problem: Why the run cannot be read.
    """

    path: str
    task: str | None = None
    base: float | None = None
    result: float | None = None
    next_stage: str | None = None
    problem: str | None = None


def list_runs(folder: Path) -> list[ListedRun]:
    """Every run in a folder, and in the folders of studies in it, by name.

    Raises:
        UserError: there is no such folder.
    """
    if not folder.is_dir():
        raise UserError(
            where=str(folder),
            got="no such folder",
            expected="a folder of run directories, such as runs",
        )
    candidates = sorted({path.parent for path in folder.glob(f"*/{RECIPE}")})
    candidates += sorted({path.parent for path in folder.glob(f"*/*/{RECIPE}")})
    return [_listed(path) for path in candidates if (path / LEDGER).is_file()]


def _listed(root: Path) -> ListedRun:
    try:
        summary = summarise(root, read_recipe(root), Ledger(root))
    except (UserError, OSError, ValueError, KeyError) as error:
        return ListedRun(str(root), problem=" ".join(str(error).split())[:200])
    return listed_run(root, summary)


def listed_run(root: Path, summary: RunSummary) -> ListedRun:
    """A run's entry in the list, from its summary."""
    tested = {row.round: row.accuracy.value for row in summary.rounds if row.accuracy is not None}
    result = summary.result
    return ListedRun(
        str(root),
        summary.task,
        tested.get(0),
        tested.get(result.round) if result else None,
        summary.next_stage,
    )
