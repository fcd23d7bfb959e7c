"""One run of lm-evaluation-harness: its options, its command line, its process."""

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from eval_predict.errors import UserError
from iwsi.files import remove
from iwsi.model_files import model_source
from iwsi.models import resolve_dtype
from iwsi.pool.child import isolated
from iwsi.recipe import Model
from iwsi.rounds.layout import EVALUATIONS

_HARNESS = "lm_eval"


@dataclass(frozen=True, slots=True, kw_only=True)
class HarnessOptions:
    """Options of the harness.

    Attributes:
        tasks: names of its tasks or groups.
        number: the round whose adapter is evaluated; None: the run's result.
        limit: documents of each task, a share below 1; None: all.
        num_fewshot: examples before each question; None: the task's own number.
        chat: whether prompts go through the model's chat template; None: as in the run.
        include_path: a folder with tasks of the user's.
        metric: which is compared; None: the first that the harness logs.
        batch_size: as the harness takes it; it does not change what is done.
        again: whether evaluations that were made otherwise may be overwritten.
    """

    tasks: tuple[str, ...]
    number: int | None = None
    limit: float | None = None
    num_fewshot: int | None = None
    chat: bool | None = None
    include_path: Path | None = None
    metric: str | None = None
    batch_size: str = "8"
    again: bool = False


def check_harness() -> None:
    """Refuse where the harness is not installed.

    Raises:
        UserError: it is not.
    """
    if importlib.util.find_spec(_HARNESS) is None:
        raise UserError(
            where="iwsi evaluate",
            got="no lm-evaluation-harness in this environment",
            expected=f"the package {_HARNESS}, version 0.4.9 or newer",
            fix="Install it: pip install 'iwsi[lm-eval]'.",
        )


def harness_version() -> str:
    """The version that is installed."""
    try:
        return importlib.metadata.version(_HARNESS)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def run_harness(
    root: Path, model: Model, adapter: str | None, task: str, options: HarnessOptions, log: Path
) -> Path:
    """Run one task on one model; the results go to a folder whole or not at all.

    Args:
        root: the run directory, from which the process starts.
        model: the base model.
        adapter: in the run directory; None: the base as it is.
        task: a task or a group.
        options: what else the harness is asked for.
        log: where what it prints goes.

    Returns:
        A new folder of the results, for the caller to move.

    Raises:
        UserError: it fails, or leaves no results.
    """
    out = root / EVALUATIONS / ".partial"
    remove(out)
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", _HARNESS, "--model", "hf", "--log_samples"]
    command += ["--model_args", _arguments(model, adapter), "--tasks", task]
    command += ["--output_path", str(out), "--batch_size", options.batch_size]
    if options.limit is not None:
        command += ["--limit", f"{options.limit:g}"]
    if options.num_fewshot is not None:
        command += ["--num_fewshot", str(options.num_fewshot)]
    if options.include_path is not None:
        command += ["--include_path", str(options.include_path.resolve())]
    if options.chat:
        command += ["--apply_chat_template"]
    if model.trust_remote_code:
        command += ["--trust_remote_code"]
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(  # noqa: S603  # the harness's module, no shell
            command, cwd=root, stdout=stream, stderr=subprocess.STDOUT, env=os.environ | isolated()
        )
        try:
            status = process.wait()
        except BaseException:  # a signal to us, which the harness does not get
            process.terminate()
            process.wait()
            raise
    # The harness ends with 0 even where it could not write its results.
    if status or not any(out.rglob("samples_*.jsonl")):
        raise UserError(
            where=str(log),
            got=f"{_last_line(log)} (lm_eval ended with {status})",
            expected=f"results of {task}",
            fix="Read this log for the cause.",
        )
    return out


def _arguments(model: Model, adapter: str | None) -> str:
    """The harness's --model_args; the adapter is relative to the run, so that its name is short.

    Raises:
        UserError: a path that this notation cannot hold.
    """
    values = {
        "pretrained": model_source(model),
        "peft": adapter,
        "revision": model.revision,
        "dtype": str(resolve_dtype(model)).removeprefix("torch."),
        "trust_remote_code": "True" if model.trust_remote_code else None,
    }
    given = {key: value for key, value in values.items() if value}
    if any("," in value or "=" in value for value in given.values()):
        raise UserError(
            field="model.name",
            got=given["pretrained"],
            expected="a path without commas and equals signs, which the harness takes apart",
            fix="Move the model's folder.",
        )
    return ",".join(f"{key}={value}" for key, value in given.items())


def _last_line(log: Path) -> str:
    lines = [
        line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line
    ]
    return lines[-1].strip()[-200:] if lines else "no output"
