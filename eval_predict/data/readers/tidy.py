"""Large tidy tables of `model, item, score`: read a part at a time, straight into the matrix."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa

from eval_predict.data.clusters import labels_of
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.matrix_builder import MatrixBuilder
from eval_predict.data.readers.content import first_rows
from eval_predict.data.readers.reading import Reading, ReadOptions, Scale
from eval_predict.data.tidy_files import SCORE_SCHEMA, score_batches, score_files
from eval_predict.errors import UserError, nearest

NAME = "a table of model, item, score"
ITEMS_FILE = "items.parquet"

_COLUMNS = set(SCORE_SCHEMA.names)
_SMALL = 1 << 26  # bytes that the reader of all tables may take into memory


def read_tidy(path: Path, options: ReadOptions) -> Reading | None:
    """The reading of a tidy file, a folder with `scores.parquet`, or a run of iwsi.

    Returns:
        None where the path is something else, or where more than its three columns is asked for.

    Raises:
        UserError: (a ValueError) on a table without rows, empty names, infinite scores, and
            repeated rows.
    """
    if not _is_tidy(path):
        return None
    if options.metrics not in ((), ("score",)) or options.item or options.facets() or options.tasks:
        return None
    if options.runs is not None:
        return None
    matrix = _matrix(path)
    clusters: tuple[str, ...] = ()
    if options.cluster is not None:
        if matrix.metadata is None:
            return None
        column = _column(path / ITEMS_FILE, matrix.metadata, options.cluster)
        clusters = tuple(labels_of(column, matrix.items, path / ITEMS_FILE, options.cluster))
    low, high = matrix.range
    scale = Scale() if low >= 0 and high <= 1 else Scale(low, high, stated=False)
    mean = _mean(matrix)
    metrics = {} if mean is None else {"score": mean}
    return Reading(
        matrix, format=NAME, metric="score", scale=scale, metrics=metrics, clusters=clusters
    )


_CELLS = 1 << 24  # scores that are floats at once: a table of a billion has room as bytes alone


def _mean(matrix: ScoreMatrix) -> float | None:
    """The mean of all scores; None where there are none."""
    total, count, step = 0.0, 0, max(1, _CELLS // len(matrix.items))
    for start in range(0, len(matrix.models), step):
        block = matrix.take_models(np.arange(start, min(start + step, len(matrix.models))))
        seen = block.dense_MN()[~block.missing_MN]
        total, count = total + float(seen.sum()), count + seen.size
    return total / count if count else None


def _column(file: Path, items: pa.Table, name: str) -> dict[str, str | None]:
    """A column of the items' metadata by item."""
    if name not in items.column_names:
        guess = nearest(name, items.column_names)
        raise UserError(
            where=file,
            field=name,
            got=f"no such column (found: {', '.join(items.column_names)})",
            expected="a column of the items",
            fix=f'Did you mean "{guess}"?' if guess else None,
        )
    names, labels = items["item"].to_pylist(), items[name].cast(pa.string()).to_pylist()
    return dict(zip(names, labels, strict=True))


def may_be_read_otherwise(path: Path, error: UserError) -> bool:
    """Whether words for scores, or another column, may explain why a table was refused."""
    if not path.is_file() or path.stat().st_size > _SMALL:
        return False
    more = _header(path) - _COLUMNS
    return error.field in ("score", None) or (error.field == "model, item" and bool(more))


def _is_tidy(path: Path) -> bool:
    if path.is_dir():
        return (path / "scores.parquet").is_file() or any(path.glob("round-*/test.parquet"))
    if not path.is_file():
        return False
    return _header(path) >= _COLUMNS


def _header(path: Path) -> set[str]:
    """The columns of a file by its suffix, empty where it has none or cannot be read."""
    try:
        if path.suffix == ".parquet":
            from pyarrow import parquet

            with parquet.ParquetFile(path) as file:
                return set(file.schema_arrow.names)
        if path.suffix == ".csv":
            text = first_rows(path)
            return set(text.split("\n", 1)[0].strip("\ufeff\r ").replace('"', "").split(","))
        if path.suffix == ".jsonl":
            record = json.loads(first_rows(path).split("\n", 1)[0])
            return set(record) if isinstance(record, dict) else set()
    except (OSError, ValueError, RecursionError, pa.ArrowException):
        pass
    return set()


def _matrix(path: Path) -> ScoreMatrix:
    builder = MatrixBuilder()
    for file in score_files(path):
        for batch in score_batches(file):
            builder.add(file, batch)
    if not builder.rows:
        raise UserError(where=path, got="no rows", expected="one row a model and an item")
    _refuse_repeats(path, builder)
    items_file = path / ITEMS_FILE
    if not items_file.is_file():
        return builder.matrix()
    metadata = _read_items(items_file)
    return builder.matrix(tuple(metadata["item"].to_pylist()), metadata, items_file)


def _refuse_repeats(path: Path, builder: MatrixBuilder) -> None:
    if builder.num_scores() == builder.scored_rows:
        return
    # The rows are read once more, since remembering them all would cost more than the matrix.
    seen_MN = np.zeros(builder.shape, dtype=bool)
    repeated: dict[tuple[int, int], None] = {}
    for file in score_files(path):
        for batch in score_batches(file):
            rows, columns, scores = builder.locate(file, batch)
            scored = ~np.isnan(scores)
            flat, counts = np.unique(
                np.ravel_multi_index((rows[scored], columns[scored]), seen_MN.shape),
                return_counts=True,
            )
            for cell in flat[(counts > 1) | seen_MN.flat[flat]]:
                row, column = np.unravel_index(cell, seen_MN.shape)
                repeated[int(row), int(column)] = None
            seen_MN.flat[flat] = True
    row, column = next(iter(repeated))
    raise UserError(
        where=path,
        field="model, item",
        got=f'{len(repeated)} pairs repeat (first: "{builder.models[row]}",'
        f' "{builder.items[column]}")',
        expected="one row a pair",
        fix="Average or drop the repeats.",
    )


def _read_items(file: Path) -> pa.Table:
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(file).read()
    except (pa.ArrowException, OSError) as error:
        raise UserError(where=file, got=error, expected="a .parquet file of items") from error
    if table.column_names.count("item") != 1:
        raise UserError(
            where=file,
            field="item",
            got=f"no such column (found: {', '.join(table.column_names)})",
            expected="one row an item, with a column item",
        )
    names = table["item"].cast(pa.string())
    repeats = len(names) - len(names.unique())
    if names.null_count or repeats:
        raise UserError(
            where=file,
            field="item",
            got=f"{names.null_count} of {len(names)} rows empty, {repeats} repeated",
            expected="each item once",
        )
    return table.set_column(table.column_names.index("item"), "item", names)
