"""The results files beside lm-evaluation-harness's sample logs: model, task and settings."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from eval_predict.data.json_text import parse_json

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(\.\d+)?")
# Settings that make two models of one name; others (batch size, device, paths) change nothing.
_SAME_MODEL = {
    *("pretrained", "model", "path", "batch_size", "max_batch_size", "device", "device_map"),
    *("tensor_parallel_size", "data_parallel_size", "gpu_memory_utilization", "parallelize"),
    *("trust_remote_code", "num_concurrent", "base_url", "tokenizer_backend", "cache_dir"),
    *("enforce_eager", "swap_space", "max_retries", "timeout", "use_cache", "low_cpu_mem_usage"),
}


class LogOrigin(NamedTuple):
    """Which run of the harness a log is from."""

    model: str | None
    task: str
    date: str
    folder: str
    setup: Mapping[str, str]


def origin_of_log(file: Path) -> LogOrigin:
    """The origin of a sample log, from the results file beside it or from its path."""
    stem = file.name.removesuffix(".gz")
    stem = re.sub(r"\.jsonl?$", "", stem)
    found = _DATE.search(stem)
    date = found.group() if found else ""
    folder = file.resolve().parent
    name = stem.removeprefix("samples_").removesuffix("_write_out_info")
    task = name.replace(date, "").strip("_") if date else name
    for results in _results(folder, date):
        listed = _task_of_name(name if not date else task, results)
        return LogOrigin(
            _model_name(results),
            listed or task,
            date,
            str(folder),
            _setup(results, listed or task),
        )
    if date or stem.startswith("samples_"):
        return LogOrigin(folder.name.replace("__", "/"), task or date, date, str(folder), {})
    return LogOrigin(None, task, date, str(folder), {})


def origin_of_results(path: Path, results: dict[str, Any]) -> LogOrigin:
    """The origin of the samples in a whole result of `simple_evaluate`."""
    return LogOrigin(_model_name(results), "", "", str(path.parent), _setup(results, ""))


def _results(folder: Path, date: str) -> list[dict[str, Any]]:
    """The results files of a folder, of one date if there is one."""
    found = []
    for file in sorted(folder.glob(f"*{date}*.json" if date else "*.json")):
        try:
            about = file.stat()
            value = _parsed(file, about.st_mtime_ns, about.st_size)
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(value, dict) and (
            isinstance(value.get("results"), dict) or isinstance(value.get("model_name"), str)
        ):
            found.append(value)
    return found


@lru_cache(maxsize=64)
def _parsed(file: Path, _time: int, _size: int) -> Any:
    """A results file is read once although each of the logs beside it asks."""
    return parse_json(file.read_text(encoding="utf-8"))


def _task_of_name(name: str, results: dict[str, Any]) -> str:
    """The task that ends a file's name, where that begins with the model's arguments."""
    tasks = results.get("results")
    fit = [task for task in tasks or () if name == task or name.endswith(f"_{task}")]
    return max(fit, key=len, default="")


def _model_name(results: dict[str, Any]) -> str | None:
    name = results.get("model_name")
    if isinstance(name, str) and name:
        return name
    arguments = _arguments(results)
    for key in ("pretrained", "model", "path", "engine"):
        if arguments.get(key):
            return arguments[key]
    config = results.get("config")
    model = config.get("model") if isinstance(config, dict) else None
    return model if isinstance(model, str) else None


def _arguments(results: dict[str, Any]) -> dict[str, str]:
    config = results.get("config")
    given = config.get("model_args") if isinstance(config, dict) else None
    if isinstance(given, dict):
        return {key: str(value) for key, value in given.items()}
    if not isinstance(given, str):
        return {}
    pairs = (part.partition("=") for part in given.split(","))
    return {key.strip(): value.strip() for key, mark, value in pairs if mark}


def _setup(results: dict[str, Any], task: str) -> dict[str, str]:
    """The settings that distinguish this run from one of another model of the same name."""
    setup = {key: value for key, value in _arguments(results).items() if key not in _SAME_MODEL}
    shots = results.get("n-shot")
    if isinstance(shots, dict) and task in shots:
        setup["num_fewshot"] = str(shots[task])
    config = results.get("config")
    if isinstance(config, dict) and config.get("gen_kwargs"):
        setup["gen_kwargs"] = json.dumps(config["gen_kwargs"], sort_keys=True).strip('"')
    for key, name in (
        ("model_sha", "model_sha"),
        ("chat_template_sha", "chat_template"),
        ("system_instruction_sha", "system_instruction"),
    ):
        value = results.get(key) or (config.get(key) if isinstance(config, dict) else None)
        if isinstance(value, str) and value:
            setup[name] = value[:8]
    if results.get("fewshot_as_multiturn"):
        setup["fewshot_as_multiturn"] = "true"
    return setup
