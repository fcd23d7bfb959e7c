"""lm-evaluation-harness on a run's base model and on its result, each in a process of its own."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from eval_predict.data.readers import ReadOptions, read
from eval_predict.errors import UserError
from eval_predict.stats.estimate import Estimate
from eval_predict.stats.model_summary import compare_models, summarise_models
from iwsi.export.harness_run import (
    HarnessOptions,
    check_harness,
    harness_version,
    run_harness,
)
from iwsi.files import (
    file_digest,
    files_of,
    model_digest,
    remove,
    value_digest,
    write_json,
)
from iwsi.model_files import model_source
from iwsi.recipe import Recipe
from iwsi.rounds.layout import EVALUATIONS, LOGS, adapter_of
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.run_dir import read_recipe
from iwsi.rounds.summary import summarise
from iwsi.tasks.chat import recipe_chat_turn

BASE = "base"
_DONE = ".done.json"  # hidden, so that a reader of logs passes it over
_WEIGHTS = "adapter_model.safetensors"


@dataclass(frozen=True, slots=True)
class TaskEvaluation:
    """One task's scores of the base and of the result; without a result, the base's alone.

    `is_share` says whether the metric runs from 0 to 1.
    """

    task: str
    metric: str
    is_share: bool
    base: Estimate
    result: Estimate | None
    difference: Estimate | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The results of the harness.

    Attributes:
        folder: its logs, which `eval-predict` reads.
        round: the round that was evaluated; None: the base alone.
        chat: whether prompts went through the chat template.
        ran: what was run now, as task/model.
        kept: what had been run before.
        tasks: the scores.
    """

    folder: str
    round: int | None
    chat: bool
    ran: tuple[str, ...]
    kept: tuple[str, ...]
    tasks: tuple[TaskEvaluation, ...]


def evaluate_run(root: Path, options: HarnessOptions, say: Callable[[str], None]) -> Evaluation:
    """Run what has not been run yet, and compare the result with the base.

    Args:
        root: the run directory.
        options: what the harness is asked for.
        say: is given a line before each run of the harness.

    Raises:
        UserError: the harness is not installed or fails, there is no such round, or an evaluation
            was made with other options.
    """
    check_harness()
    recipe = read_recipe(root)
    number = _number(root, recipe, options.number)
    adapter = adapter_of(recipe, number)
    chat = options.chat if options.chat is not None else recipe_chat_turn(recipe) is not None
    options = replace(options, chat=chat)
    adapters = {BASE: None} | ({f"round-{number}": adapter} if adapter else {})
    ran, kept = [], []
    with _held(root / EVALUATIONS):
        wanted = [(task, name) for task in options.tasks for name in adapters]
        settings = {
            (task, name): _settings(root, recipe, adapters[name], task, options)
            for task, name in wanted
        }
        stale = [key for key in wanted if _is_stale(_folder(root, *key), settings[key])]
        if stale and not options.again:
            raise _made_otherwise(_folder(root, *stale[0]), settings[stale[0]])
        for task, name in wanted:
            folder = _folder(root, task, name)
            if (folder / _DONE).is_file() and (task, name) not in stale:
                kept.append(f"{task}/{name}")
                continue
            log = root / LOGS / f"evaluate-{task}-{name}.log"
            say(f"{task}, {name}: log in {log}")
            out = run_harness(root, recipe.model, adapters[name], task, options, log)
            write_json(out / _DONE, settings[task, name])
            remove(folder)
            folder.parent.mkdir(exist_ok=True)
            out.rename(folder)
            ran.append(f"{task}/{name}")
    found = tuple(_compared(root, task, list(adapters), options) for task in options.tasks)
    return Evaluation(
        str(root / EVALUATIONS), number if adapter else None, chat, tuple(ran), tuple(kept), found
    )


def _number(root: Path, recipe: Recipe, wanted: int | None) -> int:
    summary = summarise(root, recipe, Ledger(root))
    trained = [
        row.round
        for row in summary.rounds
        if (root / (adapter_of(recipe, row.round) or "-")).is_dir()
    ]
    number = wanted if wanted is not None else (summary.result.round if summary.result else None)
    if number is None or (wanted is not None and wanted not in (0, *trained)):
        raise UserError(
            where=str(root),
            field="--round",
            got="no result yet" if number is None else f"{number}, which has no adapter",
            expected=f"one of {', '.join(map(str, (0, *trained)))}",
            fix="Finish the run with `iwsi run`, or name a trained round.",
        )
    return number


def _folder(root: Path, task: str, name: str) -> Path:
    return root / EVALUATIONS / task / name


def _settings(
    root: Path, recipe: Recipe, adapter: str | None, task: str, options: HarnessOptions
) -> dict[str, Any]:
    """The settings that an evaluation depends on; a change of one makes it stale."""
    source = Path(model_source(recipe.model))
    weights = root / adapter / _WEIGHTS if adapter else None
    return {
        "task": task,
        "model": model_digest(source) if source.is_dir() else f"{source}@{recipe.model.revision}",
        "adapter": file_digest(weights) if weights else None,
        "limit": options.limit,
        "num_fewshot": options.num_fewshot,
        "chat": options.chat,
        "tasks of yours": _definitions(options.include_path),
        "harness": harness_version(),
    }


def _definitions(folder: Path | None) -> str | None:
    """A digest of the tasks in a user's folder."""
    if folder is None:
        return None
    if not folder.is_dir():
        raise UserError(
            field="--include-path", got=str(folder), expected="a folder with tasks (.yaml)"
        )
    files = [file for file in files_of(folder) if file.suffix in (".yaml", ".yml", ".py")]
    return value_digest({str(file.relative_to(folder)): file_digest(file) for file in files})


def _is_stale(folder: Path, settings: dict[str, Any]) -> bool:
    done = _done(folder)
    return done is not None and done != settings


def _done(folder: Path) -> dict[str, Any] | None:
    try:
        value = json.loads((folder / _DONE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def _made_otherwise(folder: Path, settings: dict[str, Any]) -> UserError:
    before = _done(folder) or {}
    keys = [key for key, value in settings.items() if before.get(key) != value]
    return UserError(
        where=str(folder),
        got="made with " + ", ".join(f"{key} {_shown(before.get(key))}" for key in keys),
        expected=", ".join(f"{key} {_shown(settings[key])}" for key in keys),
        fix="Add --again to repeat it, or give the options that it was made with.",
    )


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)[:12]


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UserError(
            where=str(folder),
            got="evaluations that another process is making",
            expected="one process at a time",
            fix="Wait for it to end.",
        ) from None
    with lock:
        yield


def _compared(root: Path, task: str, names: list[str], options: HarnessOptions) -> TaskEvaluation:
    read_options = ReadOptions(metrics=(options.metric,) if options.metric else ())
    folders = [_folder(root, task, name) for name in names]
    readings = [read(folder, read_options) for folder in folders]
    scores = [summarise_models(reading)[0].mean for reading in readings]
    low, high = readings[0].matrix.range
    about = task, readings[0].metric, readings[0].scale.is_share and low >= 0 and high <= 1
    if len(readings) == 1:
        return TaskEvaluation(*about, scores[0], None, None)
    base, result = (reading.models[0] for reading in readings)
    difference = compare_models(read(folders, read_options), result, base).difference
    return TaskEvaluation(*about, scores[0], scores[1], difference)
