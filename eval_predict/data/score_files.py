"""Reads a `ScoreMatrix` from any kind of file that it comes in, and writes it as a table."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.readers import ReadOptions, read
from eval_predict.data.readers.tidy import ITEMS_FILE
from eval_predict.errors import UserError

__all__ = ["ITEMS_FILE", "read_matrix", "write_matrix"]

_ROWS = 1 << 20  # rows written at a time


def read_matrix(
    path: str | Path | Sequence[Path],
    metric: str | None = None,
    options: ReadOptions | None = None,
) -> ScoreMatrix:
    """Read what M models scored on N items, from whatever a path holds.

    Args:
        path: one of, or several that belong together:
            - a file or folder of a known tool (`eval_predict.data.readers`), recognised by what it
              holds: lm-evaluation-harness, inspect_ai, HELM, lighteval, EvalPlus, SWE-bench, …;
            - a table: tidy rows (`model, item, score`), or a matrix of models and items, as
              `.parquet`, `.csv`, `.tsv`, `.json` or `.jsonl`; empty, null and NaN are missing;
            - a folder with `scores.parquet`, and `items.parquet` where the items are to have
              metadata (`item`, then for example `prompt`): it then says which items there are;
            - a run directory of iwsi, whose rounds are its models.
        metric: for files that hold several: its name (`acc`), or name and filter
            (`exact_match,strict-match`).
        options: every other choice that a file may leave.

    Returns:
        The matrix, models and items in the order in which they first appear. `read` of
        `eval_predict.data.readers` says beside it what was chosen.

    Raises:
        UserError: (a ValueError) on a path without scores, which says what it holds instead, empty
            names, infinite scores, repeated rows, files that disagree, and a choice that is not
            there.
    """
    settings = options or ReadOptions()
    if metric is not None:
        settings = replace(settings, metrics=(metric,))
    return read(path, settings).matrix


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
