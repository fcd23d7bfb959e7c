"""Experiment trackers: one tracker run a round, for its training curves and the round's results.

TensorBoard keeps its files in the run directory; trackio, wandb and mlflow keep theirs where the
user has set them up to, under the task's name as project.
"""

import importlib.util
import netrc
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from eval_predict.errors import UserError
from iwsi.recipe import Recipe
from iwsi.recipe.train import TrackerName

TENSORBOARD = "tensorboard"  # folder of the run directory, with one of each round's
_WANDB_HOST = "api.wandb.ai"


class TrackedRun(NamedTuple):
    """The name of a round in its tracker.

    Attributes:
        project: the task's name.
        name: the run directory's and the round's.
        folder: where TensorBoard's files go.
        root: the run directory.
    """

    project: str
    name: str
    folder: Path
    root: Path

    @property
    def key(self) -> str:
        """An id that another process finds again: of the place and the round."""
        return sha256(f"{self.root.resolve()}/{self.name}".encode()).hexdigest()[:16]


def tracked_run(recipe: Recipe, round_folder: Path) -> TrackedRun:
    """The tracked run of a round, by its folder in the run directory."""
    root = round_folder.parent
    name = f"{root.name}-{round_folder.name}"
    return TrackedRun(recipe.task.name, name, root / TENSORBOARD / round_folder.name, root)


def check_trackers(names: Sequence[TrackerName]) -> None:
    """Refuse a tracker that is not installed, or that would ask for a login in the middle of a run.

    Raises:
        UserError: names it, and the command that installs it or logs in.
    """
    for name in names:
        if importlib.util.find_spec(name) is None:
            raise UserError(
                field="train.report_to",
                got=f"{name}, which is not installed",
                expected="trackers that are installed",
                fix=f"Install it: pip install 'iwsi[{name}]'.",
            )
    offline = os.environ.get("WANDB_MODE") in ("offline", "disabled", "dryrun")
    if "wandb" in names and not offline and not _wandb_key():
        raise UserError(
            field="train.report_to",
            got="wandb, and no login",
            expected="a login, or WANDB_MODE=offline",
            fix="Run `wandb login`, or set WANDB_MODE=offline to keep its files on this machine.",
        )


@contextmanager
def training_tracked(recipe: Recipe, run: TrackedRun, *, first: bool) -> Iterator[None]:
    """The trackers' runs are open while a training reports to them through the Trainer.

    wandb and mlflow take the run that is open; TensorBoard's and trackio's callbacks find theirs by
    its folder or name.

    Args:
        recipe: whose `train.report_to` is used.
        run: the round's run.
        first: whether this is the process that reports, of those that train together.
    """
    if TENSORBOARD in recipe.train.report_to:
        os.environ["TENSORBOARD_LOGGING_DIR"] = str(run.folder)
    with ExitStack() as stack:
        for name in recipe.train.report_to if first else ():
            if name in _OPENED_BY_IWSI:
                stack.enter_context(_OPEN[name](run))
        yield


def log_round(name: TrackerName, run: TrackedRun, metrics: Mapping[str, float], step: int) -> None:
    """Add a round's results to its tracker run.

    Args:
        name: which tracker.
        run: the round's run.
        metrics: by name.
        step: the round's number.
    """
    with redirect_stdout(StringIO()), _OPEN[name](run) as log:  # what it prints belongs to no table
        log(metrics, step)


@contextmanager
def _tensorboard(run: TrackedRun) -> Iterator[Any]:
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(log_dir=str(run.folder))

    def log(metrics: Mapping[str, float], step: int) -> None:
        for metric, value in metrics.items():
            writer.add_scalar(metric, value, step)

    try:
        yield log
    finally:
        writer.close()


@contextmanager
def _trackio(run: TrackedRun) -> Iterator[Any]:
    import trackio

    opened = trackio.init(project=run.project, name=run.name, resume="allow", embed=False)
    try:
        yield lambda metrics, step: opened.log(dict(metrics), step=step)
    finally:
        trackio.finish()


@contextmanager
def _wandb(run: TrackedRun) -> Iterator[Any]:
    import wandb

    opened = wandb.init(
        project=os.environ.get("WANDB_PROJECT", run.project),
        name=run.name,
        id=run.key,
        resume="allow",
        dir=str(run.root),
    )
    # Its steps only grow, and the training has counted its own: the round is a value beside it.
    try:
        yield lambda metrics, step: opened.log({**metrics, "round/number": step})
    finally:
        opened.finish()


@contextmanager
def _mlflow(run: TrackedRun) -> Iterator[Any]:
    import mlflow

    mlflow.set_experiment(os.environ.get("MLFLOW_EXPERIMENT_NAME", run.project))
    found = mlflow.search_runs(
        filter_string=f"tags.iwsi_run = '{run.key}'", output_format="list", max_results=1
    )
    given = {"run_id": found[0].info.run_id} if found else {"run_name": run.name}
    mlflow.start_run(**given)
    mlflow.set_tag("iwsi_run", run.key)
    try:
        yield lambda metrics, step: mlflow.log_metrics(dict(metrics), step=step)
    finally:
        mlflow.end_run()


_OPEN = {"tensorboard": _tensorboard, "trackio": _trackio, "wandb": _wandb, "mlflow": _mlflow}
# The Trainer's callback would begin a run of its own.
_OPENED_BY_IWSI = frozenset({"wandb", "mlflow"})


def _wandb_key() -> bool:
    if os.environ.get("WANDB_API_KEY"):
        return True
    host = os.environ.get("WANDB_BASE_URL", f"https://{_WANDB_HOST}").split("://")[-1].strip("/")
    with suppress(OSError, netrc.NetrcParseError):
        return netrc.netrc().authenticators(host) is not None
    return False
