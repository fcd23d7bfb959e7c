"""SWE-bench: reports of the harness, of each schema."""

from collections.abc import Iterable
from typing import Any

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.refusal import no_scores

NAME = "SWE-bench"
LOOKS_FOR = "an object with resolved_ids, or resolved and generated; a report by instance"

_ATTEMPTED = ("completed_ids", "unresolved_ids", "error_ids", "empty_patch_ids", "submitted_ids")
_OLD = ("generated", "no_generation", "no_logs", "with_logs", "applied", "install_fail")


def recognise(content: Content) -> bool:
    """Whether this is a report, or the predictions that it is about."""
    value, rows = content.mapping, content.rows
    return (
        "resolved_ids" in value
        or {"total_instances", "resolved_instances"} <= value.keys()
        or ("resolved" in value and bool(value.keys() & set(_OLD)))
        or ("resolved" in value and isinstance(value["resolved"], list))
        or _by_instance(value)
        or (bool(rows) and _is_prediction(rows[0]))
        or any(isinstance(part, dict) and _is_prediction(part) for part in value.values())
    )


def read(content: Content, options: ReadOptions) -> Draft:
    """One model by the file's name: 1 for a resolved instance, 0 for any other that was tried.

    An error and an empty patch are failures, as on the leaderboard. Instances that were not
    submitted are missing here, although the leaderboard counts them as failures too.

    Raises:
        UserError: (a ValueError) on predictions, and a report that has resolved instances alone.
    """
    value = content.mapping
    if _by_instance(value):
        rows = [
            Row(name, {"resolved": float(report["resolved"] is True)})
            for name, report in value.items()
            if isinstance(report, dict) and "resolved" in report
        ]
        return Draft(tuple(rows), model=_folder_of_run(content))
    if "resolved_ids" in value:
        resolved = set(_ids(value["resolved_ids"]))
        tried = dict.fromkeys(name for key in _ATTEMPTED for name in _ids(value.get(key)))
        return _draft(content, resolved, tried, _ids(value.get("incomplete_ids")))
    if "resolved_instances" in value:
        raise no_scores(
            content.path,
            f"counts ({value['resolved_instances']} of {value.get('total_instances')} resolved)",
            "Give a report of swebench 2 or later, which lists the instances.",
        )
    if "resolved" not in value:
        raise no_scores(
            content.path,
            "predictions, not yet evaluated",
            "Run `swebench.harness.run_evaluation` on them, and give its report.",
        )
    resolved = set(_ids(value["resolved"]))
    tried = dict.fromkeys(
        name for key in ("generated", "no_generation") for name in _ids(value.get(key))
    )
    if not resolved <= tried.keys():
        raise no_scores(
            content.path,
            f"{len(resolved)} resolved instances, without the list of all that were tried",
            "Give the harness's report <model>.<run_id>.json, which has submitted_ids.",
        )
    return _draft(content, resolved, tried, [])


def _draft(
    content: Content, resolved: set[str], tried: Iterable[str], left_out: list[str]
) -> Draft:
    names = dict.fromkeys((*tried, *sorted(resolved)))
    rows = tuple(Row(name, {"resolved": float(name in resolved)}) for name in names)
    absent = [name for name in left_out if name not in names]
    notes = (
        f"{content.path.name}: {len(absent)} instances were not submitted: they are missing here,"
        " and failures on the leaderboard",
    )
    stem = content.path.name.removesuffix(".gz").removesuffix(".json")
    model = stem.rpartition(".")[0].replace("__", "/")
    return Draft(rows, model=model or None, notes=notes if absent else ())


def _ids(value: Any) -> list[str]:
    """The names in a list, which older reports nest by repository."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [name for part in value for name in _ids(part)] if isinstance(value, list) else []


def _by_instance(value: dict[str, Any]) -> bool:
    """`logs/run_evaluation/RUN/MODEL/INSTANCE/report.json`."""
    return bool(value) and all(
        isinstance(report, dict) and "resolved" in report and "patch_is_None" in report
        for report in value.values()
    )


def _folder_of_run(content: Content) -> str | None:
    parents = content.path.resolve().parents
    return parents[1].name.replace("__", "/") if len(parents) > 1 else None


def _is_prediction(record: dict[str, Any]) -> bool:
    return "model_patch" in record and "instance_id" in record
