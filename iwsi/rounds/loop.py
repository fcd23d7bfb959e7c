"""The loop: every stage that is not done yet, in order, each GPU stage in a process of its own."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from eval_predict.errors import UserError
from iwsi.files import write_json
from iwsi.models import check_model
from iwsi.recipe import Recipe
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.plan import Stage, find, plan
from iwsi.rounds.run_dir import external_inputs, open_run
from iwsi.rounds.stages import Context, run_stage
from iwsi.rounds.summary import summarise
from iwsi.rounds.worker import EXIT_REPORTED
from iwsi.sample.engine import check_rank, resolve_engine


class Display(Protocol):
    """Where the loop tells what it does."""

    def begin(self, stage: str) -> None:
        """A stage starts."""

    def progress(self, done: int, total: int) -> None:
        """How far it is."""

    def end(self, stage: str, seconds: float) -> None:
        """It is done."""

    def skip(self, stage: str) -> None:
        """It was done before."""


class WorkerError(RuntimeError):
    """A worker died of something that is no user's error; its log says what."""


def run_recipe(
    recipe: Recipe, root: Path, display: Display, *, until: str | None = None
) -> dict[str, Any]:
    """Run all rounds of a recipe in a run directory, going on where an earlier run stopped.

    Returns:
        The summary that is also written to `summary.json`.

    Raises:
        UserError: bad input, or a run directory made from other things.
        WorkerError: a stage failed for another reason.
    """
    stages = plan(recipe)
    last = stages[-1] if until is None else find(stages, until)
    check_model(recipe.model)
    engine = resolve_engine(recipe.sample)
    check_rank(engine, recipe.train.lora.r)
    # From here on the recipe names the engine: one run never mixes two.
    sample = recipe.sample.model_copy(update={"engine": engine})
    recipe = recipe.model_copy(update={"sample": sample})
    with open_run(root, recipe):
        ledger = Ledger(root)
        ledger.set_inputs(external_inputs(recipe))
        todo = stages[: stages.index(last) + 1]
        while todo:
            digest = ledger.digest(todo[0], recipe)
            if ledger.is_done(todo[0], digest):
                display.skip(todo.pop(0).name)
            elif todo[0].process is None:
                context = Context(root, recipe, display.progress)
                _run_here(context, todo.pop(0), digest, ledger, display)
            else:
                batch = _same_process(todo, ledger, recipe)
                _run_worker(root, batch, ledger, display)
                todo = todo[len(batch) :]
        summary = summarise(root, recipe, ledger)
        write_json(root / "summary.json", summary)
        return summary


def _same_process(todo: Sequence[Stage], ledger: Ledger, recipe: Recipe) -> dict[Stage, str]:
    """The first stage and those right after it that its process can do too, with digests."""
    batch: dict[Stage, str] = {}
    for stage in todo:
        if stage.process != todo[0].process:
            break
        digest = ledger.digest(stage, recipe)
        if ledger.is_done(stage, digest):
            break
        batch[stage] = digest
    return batch


def _run_here(
    context: Context, stage: Stage, digest: str, ledger: Ledger, display: Display
) -> None:
    display.begin(stage.name)
    began = time.monotonic()
    info = run_stage(stage, context, digest)
    seconds = time.monotonic() - began
    ledger.record(stage, digest, seconds=seconds, info=info)
    display.end(stage.name, seconds)


def _run_worker(root: Path, batch: dict[Stage, str], ledger: Ledger, display: Display) -> None:
    by_name = {stage.name: stage for stage in batch}
    log = root / "logs" / f"{next(iter(by_name)).replace('/', '-')}.log"
    with _worker(root, batch, log) as worker:
        for line in worker.stdout or ():
            event = json.loads(line)
            match event.pop("event"):
                case "stage":
                    display.begin(event["name"])
                case "progress":
                    display.progress(event["done"], event["total"])
                case "done":
                    stage = by_name[event.pop("name")]
                    ledger.record(stage, batch[stage], **event)
                    display.end(stage.name, event["seconds"] + event["startup_seconds"])
                case "user_error":
                    raise UserError(**{k: v for k, v in event.items() if k != "error"})
        status = worker.wait()
    if status not in (0, EXIT_REPORTED):
        cause = f"signal {-status}" if status < 0 else _last_line(log)
        raise WorkerError(f"{' and '.join(by_name)} failed ({cause}); the whole log: {log}")


@contextmanager
def _worker(root: Path, batch: dict[Stage, str], log: Path) -> Iterator[subprocess.Popen[str]]:
    log.parent.mkdir(exist_ok=True)
    names = [f"{stage.name}={digest}" for stage, digest in batch.items()]
    command = [sys.executable, "-m", "iwsi.rounds.worker", str(root), *names]
    with log.open("w", encoding="utf-8") as stderr:
        worker = subprocess.Popen(  # noqa: S603  # our own module, no shell
            command,
            stdin=subprocess.PIPE,  # stays open as long as this process lives
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )
        try:
            yield worker
        finally:
            worker.kill()
            worker.wait()


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no message"
