"""Files that hold averages, pointers or texts and no scores: each is named and refused."""

from typing import NoReturn

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import ReadOptions
from eval_predict.data.readers.refusal import NoScoresError, no_scores

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
        return no_scores(
            content.path,
            f"only averages ({len(results)} task{'' if len(results) == 1 else 's'})",
            "Run lm_eval again with `--log_samples`, and give samples_*.jsonl.",
        )
    if isinstance(results, list) and results and all(_is_repr(entry) for entry in results):
        return no_scores(
            content.path,
            "Python reprs in JSON, which are text and no results",
            "Export the results as a table of model, item, score.",
        )
    return None


def _all_averages(results: dict[str, object]) -> bool:
    return bool(results) and all(
        isinstance(task, dict)
        and bool(task)
        and all(isinstance(part, int | float | str | None) for part in task.values())
        for task in results.values()
    )


def _is_repr(entry: object) -> bool:
    return isinstance(entry, str) and entry.rstrip().endswith(")") and "(" in entry and "=" in entry
