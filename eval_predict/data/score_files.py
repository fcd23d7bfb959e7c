"""Reads a `ScoreMatrix` from any kind of file that it comes in, and writes it as a table."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eval_predict.data.harness_logs import find_logs, read_logs
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.matrix_builder import MatrixBuilder
from eval_predict.data.scores import score_batches, score_files
from eval_predict.errors import UserError

ITEMS_FILE = "items.parquet"
_ROWS = 1 << 20  # rows written at a time


def read_matrix(path: str | Path, metric: str | None = None) -> ScoreMatrix:
    """Read what M models scored on N items.

    Args:
        path: one of
            - a tidy `.parquet`, `.csv` or `.jsonl` file of `model, item, score`; a score that is
              null or NaN is missing;
            - a folder with `scores.parquet`, and `items.parquet` where the items are to have
              metadata (`item`, then for example `prompt`): it then says which items there are;
            - a `samples_*.jsonl` log of lm-evaluation-harness, or a folder of them, however deep;
            - a run directory of iwsi, whose rounds are its models.
        metric: for logs that hold several: its name (`acc`), or name and filter
            (`exact_match,strict-match`).

    Returns:
        The matrix, models and items in the order in which they first appear.

    Raises:
        UserError: (a ValueError) on a path, suffix or column that is missing or unknown, an empty
            table, empty names, infinite scores, repeated (model, item) rows, logs that disagree,
            and a metric that is unknown or has to be chosen.
    """
    path = Path(path)
    logs = find_logs(path)
    if logs:
        return read_logs(path, logs, metric)
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


def write_matrix(matrix: ScoreMatrix, path: str | Path) -> None:
    """Write a matrix as a tidy `.parquet`, `.csv` or `.jsonl` file, or as a folder.

    A missing score has no row; a model or an item without any score has one empty row, so that
    it is not lost. A folder (a path without suffix) holds `scores.parquet`, and `items.parquet`
    with the metadata, which the other forms drop.

    Raises:
        UserError: (a ValueError) on another suffix.
    """
    path = Path(path)
    if not path.suffix or path.is_dir():
        from pyarrow import parquet

        path.mkdir(parents=True, exist_ok=True)
        items = matrix.metadata or pa.table({"item": pa.array(matrix.items, pa.string())})
        _replace(path / ITEMS_FILE, lambda file: parquet.write_table(items, file))
        path = path / "scores.parquet"
    if path.suffix not in _WRITERS:
        raise UserError(
            where=path,
            got=f'suffix "{path.suffix}"',
            expected=f"one of {', '.join(_WRITERS)}, or none for a folder",
        )
    _replace(path, lambda file: _WRITERS[path.suffix](file, matrix))


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


def _replace(file: Path, write: Callable[[Path], None]) -> None:
    """Write under another name first, so that no half-written file is taken for a whole one."""
    partial = file.with_name(f".{file.name}.partial")
    try:
        write(partial)
        partial.replace(file)
    except OSError as error:
        raise UserError(where=file, got=error, expected="a file that can be written") from error
    finally:
        partial.unlink(missing_ok=True)


def _tables(matrix: ScoreMatrix) -> Iterator[pa.Table]:
    """The tidy rows, some models at a time; names as dictionaries."""
    models, items = pa.array(matrix.models, pa.string()), pa.array(matrix.items, pa.string())
    empty_M, empty_N = np.isnan(matrix.mean_M), np.isnan(matrix.mean_N)
    step = max(1, _ROWS // len(matrix.items))
    for start in range(0, len(matrix.models), step):
        block = matrix.take_models(np.arange(start, min(start + step, len(matrix.models))))
        missing_BN = block.missing_MN
        wanted_BN = ~missing_BN
        # One empty row stands for a model, or an item, without any score.
        wanted_BN[empty_M[start : start + step], 0] = True
        if start == 0:
            wanted_BN[0, empty_N] = True
        rows, columns = np.nonzero(wanted_BN)
        scores = block.stored_MN[rows, columns].astype(np.float32)
        yield pa.table(
            {
                "model": _dictionary(rows + start, models),
                "item": _dictionary(columns, items),
                "score": pa.array(scores, mask=missing_BN[rows, columns]),
            }
        )


def _dictionary(codes: NDArray[Any], names: pa.Array) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), names)


def _write_parquet(file: Path, matrix: ScoreMatrix) -> None:
    from pyarrow import parquet

    tables = _tables(matrix)
    first = next(tables)
    with parquet.ParquetWriter(file, first.schema, compression="zstd") as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(table)


def _write_csv(file: Path, matrix: ScoreMatrix) -> None:
    from pyarrow import csv

    schema = pa.schema([("model", pa.string()), ("item", pa.string()), ("score", pa.float32())])
    with csv.CSVWriter(file, schema) as writer:
        for table in _tables(matrix):
            writer.write_table(table.cast(schema))


def _write_jsonl(file: Path, matrix: ScoreMatrix) -> None:
    import json

    with file.open("w", encoding="utf-8") as lines:
        for table in _tables(matrix):
            # As text, since float32 has fewer digits than float64 would print.
            scores = table["score"].cast(pa.string()).to_pylist()
            rows = zip(table["model"].to_pylist(), table["item"].to_pylist(), scores, strict=True)
            for model, item, score in rows:
                record = {"model": model, "item": item, "score": score and float(score)}
                lines.write(json.dumps(record, ensure_ascii=False) + "\n")


_WRITERS: dict[str, Callable[[Path, ScoreMatrix], None]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".jsonl": _write_jsonl,
}
