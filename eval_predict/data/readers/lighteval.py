"""lighteval details and Open LLM Leaderboard details: Parquet, one row an example."""

import re
from typing import Any

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.values import score_of, text_of

NAME = "lighteval"
LOOKS_FOR = "Parquet with a column metric or metrics (a struct) beside doc, example or full_prompt"

_TEXT = ("doc", "example", "full_prompt", "instruction", "prompt")
_FLAT = (
    "acc",
    "acc_norm",
    "em",
    "qem",
    "mc1",
    "mc2",
    "f1",
    "exact_match",
    "prompt_level_strict_acc",
)
_FILE = re.compile(r"^details_(?P<task>.+)_(?P<date>\d{4}-\d\d-\d\dT[\d.:\-]+)\.parquet$")


def recognise(content: Content) -> bool:
    """Whether this is a table of details, or the results file beside it."""
    if content.kind == "parquet":
        columns = set(content.header)
        return bool(columns & {"metric", "metrics"} and columns & set(_TEXT)) or bool(
            "full_prompt" in columns and columns & set(_FLAT)
        )
    return {"config_general", "results"} <= content.mapping.keys()


def read(content: Content, options: ReadOptions) -> Draft:
    """One task of one model: an example is an item, by its number unless it has an id.

    The model is the folder above the date (`details/ORG/MODEL/DATE/details_TASK_DATE.parquet`).

    Raises:
        UserError: (a ValueError) on a results file, which has averages.
    """
    if content.kind != "parquet":
        raise no_scores(
            content.path,
            f"only averages ({len(content.mapping['results'])} tasks)",
            "Run lighteval with --save-details, and give the details_*.parquet.",
        )
    named = _FILE.match(content.path.name)
    task = named.group("task") if named else content.path.name.removesuffix(".parquet")
    rows = tuple(Row(item, metrics, task=task) for item, metrics in _examples(content))
    first = next((name for row in rows for name in row.metrics), None)
    return Draft(
        rows,
        prefer=(first,) if first else (),
        model=_model(content),
        date=named.group("date") if named else "",
        run=str(content.path.resolve()) if named else "",
    )


def _examples(content: Content) -> list[tuple[str, dict[str, float]]]:
    column = next((name for name in ("metric", "metrics") if name in content.header), None)
    flat = [name for name in _FLAT if name in content.header] if column is None else []
    wanted = [column, *(["doc"] if "doc" in content.header else [])] if column else flat
    table = content.table([name for name in wanted if name])
    records = table.to_pylist()
    examples = []
    ids = [_id(record) for record in records]
    distinct = all(ids) and len(set(ids)) == len(ids)
    for number, (record, name) in enumerate(zip(records, ids, strict=True)):
        given = record.get(column) if column else record
        metrics = {
            str(key): score
            for key, value in (given.items() if isinstance(given, dict) else ())
            if (score := score_of(value)) is not None
        }
        examples.append((text_of(name) if distinct else str(number), metrics))
    return examples


def _id(record: dict[str, Any]) -> Any:
    doc = record.get("doc")
    return doc.get("id") if isinstance(doc, dict) else None


def _model(content: Content) -> str | None:
    parts = list(content.path.resolve().parent.parts)
    if parts and re.match(r"^\d{4}-\d\d-\d\dT", parts[-1]):
        parts.pop()
    if "details" in parts:
        names = parts[len(parts) - parts[::-1].index("details") :]
        return "/".join(names) or None
    return parts[-1].removeprefix("details_").replace("__", "/") if parts else None
