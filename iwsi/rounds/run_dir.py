"""A run directory: one process at a time, and nothing is overwritten without permission."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from eval_predict.errors import UserError
from iwsi.files import file_digest, files_of, model_digest, value_digest, write_text
from iwsi.recipe import Recipe
from iwsi.recipe.filter import RewardModel
from iwsi.recipe.load import differing_keys, dump_recipe, load_recipe
from iwsi.rounds.commits import PREFIX, check_commits, hub_commits
from iwsi.rounds.copies import RECIPE_COPY, copy_recipe
from iwsi.rounds.layout import LEDGER, LOCK, RECIPE
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.plan import plan

_NAMED = 4  # stages that an error names
_WRITE_AGAIN = (
    "`iwsi run RECIPE --run-dir {run}` with the recipe that the run began with writes it again, "
    "and keeps every stage that was done from it."
)
_RESTORE = "`iwsi repair {run}` restores it from its copy."


@contextmanager
def open_run(root: Path) -> Iterator[None]:
    """Hold the run directory; make it if it is new.

    Raises:
        UserError: it cannot be written, or another process holds it.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(root / LOCK, timeout=0)
        lock.acquire()
    except Timeout:
        raise UserError(
            where=str(root),
            got="a run that another process is working on",
            expected="one process a run",
            fix="Wait until that process ends, or choose another --run-dir.",
        ) from None
    except OSError as error:
        raise UserError(
            where=str(root),
            got=error.strerror or str(error),
            expected="a run directory that can be written",
            fix="Choose another directory with --run-dir.",
        ) from None
    with lock:
        yield


def take_recipe(root: Path, recipe: Recipe, *, overwrite: bool = False) -> Ledger:
    """Let a run directory, which `open_run` holds, go on with this recipe.

    Stages that are done and do not depend on what changed stay done.

    Args:
        root: the run directory.
        recipe: as `preflight.resolve` gives it.
        overwrite: whether stages that depend on what changed may be done again; those that the loop
            does itself always are.

    Raises:
        UserError: the folder is no run directory, or stages would be done again without leave.
    """
    ledger, inputs = Ledger(root), external_inputs(recipe)
    stored = read_recipe(root) if (root / RECIPE).exists() else None
    if stored is None and not (root / LEDGER).exists():  # its digests tell what still holds
        _refuse_foreign(root)
    before = dict(ledger.inputs)
    commits = hub_commits(recipe)
    if not overwrite:
        check_commits(root, before, commits)
    inputs |= {key: value for key, value in before.items() if key.startswith(PREFIX)} | commits
    ledger.inputs = inputs
    stages = plan(recipe)
    stale = ledger.stale(stages, recipe)
    # The loop itself makes an audit's verdict, a vote or a selection in a moment from kept files.
    quick = {stage.name for stage in stages if stage.process is None}
    if not overwrite and not quick.issuperset(stale):
        changed = [key for key in inputs if before.get(key, inputs[key]) != inputs[key]]
        lines = [f"{key}: contents that changed" for key in changed]
        lines += differing_keys(recipe, stored) if stored else []
        raise _would_overwrite(root, lines, stale)
    ledger.inputs = before
    ledger.set_inputs(inputs)
    if recipe != stored:
        write_text(root / RECIPE, dump_recipe(recipe))
    copy_recipe(root, dump_recipe(recipe))
    return ledger


def run_target(recipe: Path, run_dir: Path | None) -> tuple[Path, Path]:
    """The recipe's file and the run directory that a command names.

    Args:
        recipe: A recipe, or a run directory, which goes on with its own recipe.
        run_dir: Where the run is kept; None: in `runs/`, or the run itself.
    """
    if (recipe / RECIPE).is_file():
        return recipe / RECIPE, (run_dir or recipe).resolve()
    return recipe, (run_dir or Path("runs") / recipe.stem).resolve()


def read_recipe(root: Path) -> Recipe:
    """The resolved recipe of a run.

    Raises:
        UserError: the folder is no run directory.
    """
    if not (root / RECIPE).is_file():
        raise UserError(
            where=str(root),
            got=f"no {RECIPE}",
            expected="a run directory, such as `iwsi run` makes in runs/",
            fix=_repair_advice(root) if (root / LEDGER).exists() else None,
        )
    try:
        return load_recipe(root / RECIPE)
    except UserError as error:
        if error.field is not None and error.fix is not None:  # a key of the recipe
            raise
        raise UserError(
            where=error.where,
            field=error.field,
            got=error.got,
            expected=error.expected,
            fix=_repair_advice(root),
        ) from None


def _repair_advice(root: Path) -> str:
    """How to restore a recipe that is lost or cannot be read."""
    if (root / RECIPE_COPY).is_file():
        return _RESTORE.format(run=root)
    return f"Delete it if it is there; {_WRITE_AGAIN.format(run=root)}"


def external_inputs(recipe: Recipe) -> dict[str, str]:
    """A digest of each thing outside the run directory that the run is made from."""
    task, forecast, rule = recipe.task, recipe.forecast, recipe.filter
    splits = {"task.train": task.train, "task.validation": task.validation, "task.test": task.test}
    if forecast and forecast.target:
        splits["forecast.target"] = forecast.target
    digests = {f"{key}.path": _digest(split.path, split.revision) for key, split in splits.items()}
    if forecast and forecast.history:
        digests["forecast.history"] = value_digest([_digest(path) for path in forecast.history])
    if recipe.model.gguf:
        digests["model.gguf"] = file_digest(Path(recipe.model.gguf))
    else:
        digests["model.name"] = _model_digest(recipe.model.name, recipe.model.revision)
    if isinstance(rule, RewardModel):
        digests["filter.reward_model"] = _model_digest(rule.reward_model, rule.reward_revision)
    return digests


def _digest(path: str, revision: str | None = None) -> str:
    """The digest of a file's or a folder's contents, or of a hub id."""
    source = Path(path)
    if source.is_file():
        return file_digest(source)
    if source.is_dir():
        files = [file for file in files_of(source) if not file.name.startswith(".")]
        return value_digest({str(file.relative_to(source)): file_digest(file) for file in files})
    return f"hub:{path}@{revision}"


def _model_digest(name: str, revision: str | None) -> str:
    folder = Path(name)
    return model_digest(folder) if folder.is_dir() else f"hub:{name}@{revision}"


def _refuse_foreign(root: Path) -> None:
    foreign = [path.name for path in root.iterdir() if not path.name.startswith(".")]
    if foreign:
        raise UserError(
            where=str(root),
            got=f"a folder with other files ({', '.join(sorted(foreign)[:3])})",
            expected="a new or empty folder, or an iwsi run directory",
            fix="Choose another --run-dir.",
        )


def _would_overwrite(root: Path, changed: list[str], stale: list[str]) -> UserError:
    more = f" and {len(stale) - _NAMED} more" if len(stale) > _NAMED else ""
    return UserError(
        where=str(root),
        got=f"{'; '.join(changed) or 'another version of iwsi'} since this run began: results of "
        f"{', '.join(stale[:_NAMED])}{more} would be overwritten",
        expected="the recipe and rows that they were made from, or leave to make them again",
        fix="Add --yes to do these stages again, or --from this run and another --run-dir to keep "
        "both.",
    )
