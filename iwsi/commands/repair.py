"""`iwsi repair`: a damaged run directory made whole, as far as its files allow."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eval_predict.errors import UserError
from iwsi.commands.terminal import AsJson, Debug, errors, print_json, printable

if TYPE_CHECKING:
    from iwsi.rounds.repair import Repair

_SHOWN = 3  # files of a stage that a line names
_STATES = {
    "whole": "whole",
    "restored": "restored from its copy",
    "rebuilt": "rebuilt from the copies of its entries",
    "lost": "lost, and its copy too",
}


def repair(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Restore a damaged run: confirmed files stay, the rest is done again; deletes nothing."""
    with errors(as_json, debug):
        from iwsi.rounds.repair import repair_run

        root = run.resolve()
        done = repair_run(root)
        if done.recipe == "lost":
            raise _lost(root, done)
        if as_json:
            print_json(done)
        else:
            typer.echo("\n".join(repair_lines(done)))


def repair_lines(done: "Repair") -> list[str]:
    """The findings and repairs, a line each."""
    lines = [f"recipe.yaml: {_STATES[done.recipe]}", f"ledger.json: {_STATES[done.ledger]}"]
    lines.append(f"confirmed by their digests: {len(done.confirmed)} stages")
    for again in done.again:
        named = ", ".join(again.files[:_SHOWN])
        more = f" and {len(again.files) - _SHOWN} more" if len(again.files) > _SHOWN else ""
        lines.append(f"{again.stage} is done again: {named}{more}: {again.why}")
    lines += [f"{name}: written again" for name in done.rewritten]
    if done.moved:
        lines.append(f"moved out of the way: {', '.join(done.moved[:_SHOWN])}")
        lines[-1] += f" and {len(done.moved) - _SHOWN} more" if len(done.moved) > _SHOWN else ""
    going_on = f"`iwsi run {done.run}` goes on with {done.next_stage}"
    lines.append(going_on if done.next_stage else "nothing is left to do")
    return [printable(line) for line in lines]


def _lost(root: Path, done: "Repair") -> UserError:
    return UserError(
        where=str(root),
        got=f"recipe.yaml and its copy cannot be read; {len(done.confirmed)} stages are confirmed "
        "by their digests",
        expected="the recipe that the run began with",
        fix=f"`iwsi run RECIPE --run-dir {root}` with that recipe keeps these stages and goes on.",
    )
