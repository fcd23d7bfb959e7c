"""`iwsi audit`: which score finds right votes, of a recipe or of a run."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval_predict.errors import UserError
from iwsi.audit.record import AuditRecord
from iwsi.audit.report import AuditReport
from iwsi.recipe import Recipe
from iwsi.recipe.load import load_recipe
from iwsi.rounds.display import Display
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.loop import run_recipe
from iwsi.rounds.run_dir import read_recipe


@dataclass(frozen=True, slots=True)
class RunAudit:
    """The audit of a run's round.

    Attributes:
        run: the run directory.
        round: whose model voted: that of the round before.
        report: every score's, best first.
        auto: what `filter.method: auto` would rank by, in a sentence.
    """

    run: str
    round: int
    report: AuditReport
    auto: str

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        return {
            "run": self.run,
            "round": self.round,
            "report": self.report.to_dict(),
            "auto": self.auto,
        }


def audit_run(
    target: Path,
    overrides: Sequence[str],
    run_dir: Path | None,
    number: int,
    display: Display,
) -> RunAudit:
    """Audit a recipe, or a run; samples of labelled rows that are there already are used.

    Args:
        target: a recipe's file, or a run directory.
        overrides: of the recipe.
        run_dir: where a recipe's run is kept.
        number: of the round.
        display: called with the stages that run.

    Raises:
        UserError: the audit is off, or the labelled rows are too few or all right or wrong.
    """
    recipe, root = _recipe_and_root(target, overrides, run_dir)
    if recipe.audit is None:
        raise UserError(
            where=str(target),
            field="audit",
            got="null, which turns the audit off",
            expected="a section such as audit: {rows: 100}",
            fix="Audit the recipe into a new run: iwsi audit RECIPE 'audit={rows: 100}' --run-dir "
            "NEW.",
        )
    run_recipe(recipe, root, display, until=f"{number}/audit", only=True)
    text = (root / RoundFiles.of(number).audit).read_text(encoding="utf-8")
    record = AuditRecord.from_dict(json.loads(text))
    if record.report is None:
        raise UserError(
            where=str(root),
            field="audit",
            got=(record.refused or "").rstrip("."),
            fix="Bring more labelled rows in task.validation, or another task.answer.",
        )
    return RunAudit(str(root), number, record.report, record.probability.sentence)


def _recipe_and_root(
    target: Path, overrides: Sequence[str], run_dir: Path | None
) -> tuple[Recipe, Path]:
    if not target.is_dir():
        root = (run_dir or Path("runs") / target.stem).resolve()
        return load_recipe(target, overrides), root
    if overrides or run_dir:
        raise UserError(
            where="command line",
            got="overrides or --run-dir beside a run directory",
            expected="a recipe with them, or the run directory alone",
            fix="Remove the overrides and --run-dir, or give the recipe in place of the run.",
        )
    return read_recipe(target.resolve()), target.resolve()
