"""LiveCodeBench: `*_eval_all.json`, and `*_eval.json` with its list of tasks."""

import statistics
from typing import Any

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.values import score_of, text_of

NAME = "LiveCodeBench"
LOOKS_FOR = "records with question_id and graded_list, or pass@1 with detail"


def recognise(content: Content) -> bool:
    """Whether these are graded questions, or questions that are still to be graded."""
    rows = content.rows
    if rows and "question_id" in rows[0]:
        return "graded_list" in rows[0] or "output_list" in rows[0]
    return _detail(content) is not None


def read(content: Content, options: ReadOptions) -> Draft:
    """One model, by the folder's name: the entries of `graded_list` are repeats.

    Raises:
        UserError: (a ValueError) on completions that were not graded.
    """
    model = content.path.resolve().parent.name
    detail = _detail(content)
    if detail is not None:
        whole = content.path.with_name(content.path.name.replace("_eval.json", "_eval_all.json"))
        if whole != content.path and whole.is_file():
            raise no_scores(
                content.path, "the results of a file beside it, by number", f"Give {whole.name}."
            )
        rows = [Row(str(item), {"pass@1": _mean(score)}) for item, score in detail.items()]
        return Draft(tuple(rows), model=model)
    if not any("graded_list" in record for record in content.rows):
        raise no_scores(
            content.path,
            "completions without results",
            "Run LiveCodeBench with --evaluate, and give its *_eval_all.json.",
        )
    rows = [
        Row(_item(record), {"pass@1": _score(grade)}, facets={"epoch": str(number)})
        for record in content.rows
        for number, grade in enumerate(record.get("graded_list") or (), start=1)
    ]
    return Draft(tuple(rows), model=model)


def _item(record: dict[str, Any]) -> str:
    """Questions of output prediction have several tests each."""
    test = record.get("test_id")
    name = text_of(record["question_id"])
    return name if test is None else f"{name}/{text_of(test)}"


def _detail(content: Content) -> dict[str, Any] | None:
    value = content.value
    first = value[0] if isinstance(value, list) and value else None
    detail = first.get("detail") if isinstance(first, dict) else None
    scores = detail.get("pass@1") if isinstance(detail, dict) else None
    return scores if isinstance(scores, dict) else None


def _score(value: Any) -> float:
    number = score_of(value)
    return float("nan") if number is None else number


def _mean(value: Any) -> float:
    values = value if isinstance(value, list) else [value]
    return statistics.fmean(map(_score, values)) if values else float("nan")
