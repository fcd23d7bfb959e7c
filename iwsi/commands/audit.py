"""`iwsi audit`: which score finds right votes, of a recipe or of a run."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval_predict.errors import UserError
from iwsi.audit.report import SHARES
from iwsi.recipe import Recipe
from iwsi.recipe.load import load_recipe
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.loop import run_recipe
from iwsi.rounds.run_dir import read_recipe
from iwsi.rounds.workers import Display


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What the audit of a round wrote.

    Attributes:
        run: the run directory.
        round: whose model voted: that of the round before.
        report: as `AuditReport.to_dict` gives it.
        auto: what `filter.method: auto` would rank by, in a sentence.
    """

    run: str
    round: int
    report: dict[str, Any]
    auto: str


def audit_target(
    target: Path,
    overrides: Sequence[str],
    run_dir: Path | None,
    number: int,
    display: Display,
) -> AuditResult:
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
    found = json.loads((root / RoundFiles.of(number).audit).read_text(encoding="utf-8"))
    if found["report"] is None:
        raise UserError(
            where=str(root),
            field="audit",
            got=found["refused"],
            fix="Bring more labelled rows in task.validation, or another task.answer.",
        )
    return AuditResult(str(root), number, found["report"], found["probability"]["sentence"])


def print_audit(console: Console, result: AuditResult) -> None:
    """A table of scores, best first, then what it means."""
    report = result.report
    right = report["vote_accuracy"]
    table = Table(
        title=f"{report['rows']} labelled rows, {report['voted']} with a majority; the vote is "
        f"right on {right['value']:.0%} [{right['low']:.0%}, {right['high']:.0%}]",
        caption="right votes among the share that scores best",
    )
    table.add_column("score")
    table.add_column("AUC [95%]", justify="right")
    for share in SHARES:
        table.add_column(f"{share:.0%}", justify="right")
    for score in report["scores"]:
        auc = score["auc"]
        is_ranking = score["name"] == report["ranked_by"]
        table.add_row(
            Text(score["title"] + (" (the filter's)" if is_ranking else "")),
            f"{auc['value']:.2f} [{auc['low']:.2f}, {auc['high']:.2f}]",
            *(f"{score['precision'][str(share)]:.0%}" for share in SHARES),
        )
    console.print(table)
    console.print(report["sentence"], highlight=False, markup=False)
    console.print(f"auto: {result.auto}", highlight=False, markup=False)
    for warning in report["warnings"]:
        console.print(f"warning: {warning}", highlight=False, markup=False)


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
            fix="Leave them out, or give the recipe in place of the run.",
        )
    return read_recipe(target.resolve()), target.resolve()
