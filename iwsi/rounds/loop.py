"""The loop: every stage that is not done yet, in order, each GPU stage in a process of its own."""

import time
from collections.abc import Sequence
from pathlib import Path

from iwsi.evaluation.gate import Decision
from iwsi.evaluation.history import refuse_itself
from iwsi.files import as_json, write_json
from iwsi.recipe import Recipe
from iwsi.recipe.defaults import naming_defaults
from iwsi.rounds.adopt import adopt
from iwsi.rounds.commits import hub_commits
from iwsi.rounds.context import Session
from iwsi.rounds.deadline import Deadline
from iwsi.rounds.decisions import read_decision
from iwsi.rounds.display import Display
from iwsi.rounds.layout import SUMMARY
from iwsi.rounds.learning import record_rate, record_voted
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.plan import called_for, find, plan, required_for
from iwsi.rounds.preflight import resolve
from iwsi.rounds.reports import RunSummary
from iwsi.rounds.run_dir import open_run, take_recipe
from iwsi.rounds.run_log import LoggedDisplay, run_log
from iwsi.rounds.scratch import drop_merged
from iwsi.rounds.stage import AnyStage
from iwsi.rounds.stages import gate, test
from iwsi.rounds.summary import summarise, write_scores
from iwsi.rounds.tracking import track
from iwsi.rounds.versions import write_environment
from iwsi.rounds.workers import StageRun, Workers


def run_recipe(
    recipe: Recipe,
    root: Path,
    display: Display,
    *,
    until: str | None = None,
    overwrite: bool = False,
    donors: Sequence[Path] = (),
    only: bool = False,
    deadline: Deadline | None = None,
) -> RunSummary:
    """Run all rounds of a recipe in a run directory, going on where an earlier run stopped.

    Args:
        recipe: What is run.
        root: The run directory, made if it is new.
        display: Shows how far it is.
        until: The last stage to do, as `find` takes it; None: all.
        overwrite: Whether stages that were done from something else may be done again.
        donors: Other run directories, whose stages are taken over where they are the same.
        only: Whether of the stages before `until` those alone are run whose files it needs.
        deadline: Ends the run before the first stage that would not be done in time; None: never.

    Returns:
        The summary that is also written to `summary.json`.

    Raises:
        UserError: bad input, or a run directory made from other things.
        WorkerError: a stage failed for another reason.
    """
    with naming_defaults(recipe):
        return _run(recipe, root, display, until, overwrite, donors, only, deadline)


def _run(
    recipe: Recipe,
    root: Path,
    display: Display,
    until: str | None,
    overwrite: bool,
    donors: Sequence[Path],
    only: bool,
    deadline: Deadline | None,
) -> RunSummary:
    stages = plan(recipe)
    if until:
        named = find(stages, until)  # a mistake is found before anything is made
        stages = required_for(stages, named) if only else stages
    recipe = resolve(recipe)
    if recipe.forecast:
        refuse_itself([Path(path) for path in recipe.forecast.history], root)
    display = LoggedDisplay(display)
    with open_run(root):
        ledger = take_recipe(root, recipe, overwrite=overwrite)
        with run_log(root):  # a folder that is refused gets no log
            write_environment(root)
            adopt(root, recipe, ledger, donors)
            last = find(stages, until, done=ledger.entries) if until else None
            with Workers(root, display) as workers:
                session = Session(root, recipe, display.progress)
                _run_stages(stages, last, session, ledger, workers, deadline)
            ledger.set_inputs(hub_commits(recipe) | ledger.inputs)  # of what was downloaded now
            summary = summarise(root, recipe, ledger)
            write_json(root / SUMMARY, as_json(summary))
            track(root, recipe, summary, display)
            record_voted(recipe, ledger, summary)
            if summary.next_stage is None:
                drop_merged(root)
            return summary


def _run_stages(
    stages: Sequence[AnyStage],
    last: AnyStage | None,
    session: Session,
    ledger: Ledger,
    workers: Workers,
    deadline: Deadline | None,
) -> None:
    root, recipe, display = session.root, session.recipe, workers.display
    done: set[str] = set()
    decisions: dict[int, Decision] = {}
    while todo := [s for s in called_for(stages, decisions) if s.name not in done]:
        stage = todo[0]
        digest = ledger.digest(stage, recipe)
        if ledger.is_done(stage, digest):
            display.skip(stage.name)
        elif deadline is not None and not deadline.allows(stage.name, ledger.entries):
            return
        elif stage.process is None:
            # An engine that the next stages need again stays; its memory goes back otherwise.
            workers.keep(next((s.process for s in todo if s.process), None))
            display.begin(stage.name)
            began = time.monotonic()
            info = stage.run(session, digest)
            finished = StageRun(time.monotonic() - began, 0.0, {}, info)
            _record(ledger, stage, digest, finished, display)
        else:
            following = next((s for s in todo if s.process not in (None, stage.process)), None)
            finished = workers.run(stage, digest, following=following)
            _record(ledger, stage, digest, finished, display)
            record_rate(stage, recipe, ledger)
        if stage.kind is test.KIND:
            write_scores(root, ledger)
        if stage.kind is gate.KIND:
            decisions[stage.round] = read_decision(root, stage.round)
        done.add(stage.name)
        if recipe.train.report_to and _ends_round(stage, todo):
            track(root, recipe, summarise(root, recipe, ledger), display)
        if stage == last:
            return


def _ends_round(stage: AnyStage, todo: Sequence[AnyStage]) -> bool:
    """Whether the next stage, if there is one, is another round's."""
    return len(todo) < 2 or todo[1].round != stage.round


def _record(ledger: Ledger, stage: AnyStage, digest: str, done: StageRun, display: Display) -> None:
    """Note a stage that was just done, and show what it says."""
    ledger.record(
        stage,
        digest,
        seconds=done.seconds,
        startup_seconds=done.startup_seconds,
        info=done.info,
        startup=done.startup,
    )
    display.end(stage.name, done.seconds + done.startup_seconds)
    for warning in done.info.get("warnings", []):
        display.warn(warning["message"])
    for note in done.info.get("notes", []):
        display.note(note)
