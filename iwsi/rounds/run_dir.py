"""A run directory: one recipe, one process at a time, never overwritten."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from eval_predict.errors import UserError
from iwsi.files import file_digest, files_of, model_digest, value_digest, write_text
from iwsi.recipe import Recipe
from iwsi.recipe.filter import RewardModel
from iwsi.recipe.load import differing_keys, dump_recipe, load_recipe
from iwsi.rounds.layout import LOCK, RECIPE


@contextmanager
def open_run(root: Path, recipe: Recipe | None = None) -> Iterator[None]:
    """Hold the run directory for this recipe; make it if it is new.

    Without a recipe it is held as it is.

    Raises:
        UserError: it cannot be written, another process holds it, or it was made from another
            recipe.
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
            fix="wait for it, or choose another --run-dir",
        ) from None
    except OSError as error:
        raise UserError(
            where=str(root),
            got=error.strerror or str(error),
            expected="a run directory that can be written",
            fix="choose another with --run-dir",
        ) from None
    with lock:
        if recipe:
            _check_recipe(root, recipe)
        yield


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
        )
    return load_recipe(root / RECIPE)


def external_inputs(recipe: Recipe) -> dict[str, str]:
    """A digest of each thing outside the run directory that the run is made from."""
    digests = {}
    for name in ("train", "validation", "test"):
        split = getattr(recipe.task, name)
        path = Path(split.path)
        digests[f"task.{name}.path"] = (
            _rows_digest(path) if path.exists() else f"hub:{split.path}@{split.revision}"
        )
    if recipe.model.gguf:
        digests["model.gguf"] = file_digest(Path(recipe.model.gguf))
    else:
        digests["model.name"] = _model_input(recipe.model.name, recipe.model.revision)
    rule = recipe.filter
    if isinstance(rule, RewardModel):
        digests["filter.reward_model"] = _model_input(rule.reward_model, rule.reward_revision)
    return digests


def _rows_digest(path: Path) -> str:
    """Of a file of rows, or of all shards of a folder."""
    if path.is_file():
        return file_digest(path)
    return value_digest({str(f.relative_to(path)): file_digest(f) for f in files_of(path)})


def _model_input(name: str, revision: str | None) -> str:
    folder = Path(name)
    return model_digest(folder) if folder.is_dir() else f"hub:{name}@{revision}"


def _check_recipe(root: Path, recipe: Recipe) -> None:
    if not (root / RECIPE).exists():
        foreign = [path.name for path in root.iterdir() if not path.name.startswith(".")]
        if foreign:
            raise UserError(
                where=str(root),
                got=f"a folder with other files ({', '.join(sorted(foreign)[:3])})",
                expected="a new or empty folder, or a run of ours",
                fix="choose another --run-dir",
            )
        write_text(root / RECIPE, dump_recipe(recipe))
        return
    stored = read_recipe(root)
    differing = differing_keys(recipe, stored)
    if differing:
        raise UserError(
            where=str(root),
            got=f"a run made from another recipe ({'; '.join(differing)})",
            expected="the same recipe and overrides",
            fix="choose another --run-dir, or leave the overrides out",
        )
    if recipe != stored:
        write_text(root / RECIPE, dump_recipe(recipe))  # with other resources
