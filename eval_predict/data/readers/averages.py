"""Files that hold averages, pointers or texts and no scores: each is named and refused."""

import zipfile
from typing import Any, NoReturn

from eval_predict.data.readers import columns
from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import ReadOptions
from eval_predict.data.readers.refusal import (
    SCORES_OF_ITEMS,
    AveragesError,
    NoScoresError,
    no_scores,
)

NAME = "a file without scores of items"
LOOKS_FOR = "averages, Git LFS pointers, Python reprs: to be refused by name"


def recognise(content: Content) -> bool:
    """Whether this is a file that is often given by mistake."""
    return _refusal(content) is not None


def read(content: Content, options: ReadOptions) -> NoReturn:
    """Refuse it.

    Raises:
        UserError: (a ValueError) that says what the file is and what to do.
    """
    raise _refusal(content) or no_scores(content.path, "no scores", "Give another file.")


def _refusal(content: Content) -> NoScoresError | None:
    if content.kind == "pointer":
        return no_scores(
            content.path, "a Git LFS pointer, not the file", "Run `git lfs pull` in the repository."
        )
    if content.kind == "empty":
        return no_scores(content.path, "no rows, an empty file", "Give a log with results.")
    value = content.mapping
    results = value.get("results")
    if isinstance(results, dict) and (
        value.keys() & {"versions", "config", "configs", "lm_eval_version", "config_general"}
        or _all_averages(results)
    ):
        return AveragesError(
            where=content.path,
            got=f"only averages ({len(results)} task{'' if len(results) == 1 else 's'})",
            expected=SCORES_OF_ITEMS,
            fix="Run lm_eval again with `--log_samples`, and give samples_*.jsonl.",
        )
    if isinstance(results, list) and results and all(_is_repr(entry) for entry in results):
        return no_scores(
            content.path,
            "Python reprs in JSON, which are text and no results",
            "Export the results as a table of model, item, score.",
        )
    if _are_metrics(value):
        return no_scores(
            content.path,
            f"only averages ({', '.join(list(value)[:3])})",
            "Give the file with the results of single items.",
        )
    return _other_tools(content)


def _is_workbook(content: Content) -> bool:
    try:
        with zipfile.ZipFile(content.path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError):  # its list of files is damaged
        return False


def _other_tools(content: Content) -> NoScoresError | None:
    """Files of tools that are known and not read."""
    table = "Convert it to a table of model, item, score."
    if content.kind == "zip" and _is_workbook(content):
        return no_scores(content.path, "an Excel workbook", "Save its sheet as CSV.")
    if content.header[:1] and content.header[0].startswith("evalId:"):
        return no_scores(
            content.path, "promptfoo's results as YAML", "Write them as JSON: -o results.json."
        )
    keys = content.rows[0].keys() if content.rows else set()
    if keys >= {"accuracy", "correct_count", "total_count"}:
        return no_scores(
            content.path,
            "a score file of BFCL, which lists the failures alone",
            "Make a table of model, item, score of its result file, which has all tests, and this.",
        )
    if keys >= {"games", "judge", "model"}:
        return no_scores(content.path, "judgments of Arena-Hard, two games each", table)
    scored = any(columns.is_metric(key) and key not in _TEXTS for key in keys)
    if keys & _PREDICTIONS and keys & _GOLDS and not scored:
        return no_scores(
            content.path,
            "answers beside golds, without verdicts",
            "Add a column correct, by the tool's own comparison of the two.",
        )
    return None


_PREDICTIONS = {"pred", "prediction", "predicted", "predicted_answer", "model_answer"}
_GOLDS = {"answer", "gold", "target", "label", "reference", "ground_truth", "expected"}
_TEXTS = {"response", "result", "value", "wrong"}  # names of scores that may hold texts


def _are_metrics(value: dict[str, Any]) -> bool:
    """Numbers by metric by task, such as `{"gsm8k": {"acc": 0.5, "n": 10}}`."""
    parts = {name: part for name, part in value.items() if "config" not in name}
    if not parts or not all(isinstance(part, dict) and part for part in parts.values()):
        return False
    numbers = all(
        isinstance(number, int | float) for part in parts.values() for number in part.values()
    )
    return numbers and all(any(map(columns.is_metric, part)) for part in parts.values())


def _all_averages(results: dict[str, object]) -> bool:
    return bool(results) and all(
        isinstance(task, dict)
        and bool(task)
        and all(isinstance(part, int | float | str | None) for part in task.values())
        for task in results.values()
    )


def _is_repr(entry: object) -> bool:
    return isinstance(entry, str) and entry.rstrip().endswith(")") and "(" in entry and "=" in entry
