"""Scores as tidy rows of model, item, score."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from eval_predict.data.readers import ReadOptions, read
from eval_predict.data.tidy_files import SCORE_SCHEMA

__all__ = ["SCORE_SCHEMA", "read_scores"]


def read_scores(path: str | Path, options: ReadOptions | None = None) -> pa.Table:
    """Read `model, item, score` from whatever `read_matrix` reads.

    Args:
        path: a table, logs, or a run directory of iwsi, whose rounds are its models.
        options: what to take where a file leaves a choice.

    Returns:
        A table with exactly the columns of `SCORE_SCHEMA`, one row a pair that has a score; the
        score is the mean of its repeats. Missing scores have no row.

    Raises:
        UserError: (a ValueError) as `read_matrix`.
    """
    matrix = read(path, options).matrix
    rows, columns = np.nonzero(~matrix.missing_MN)
    return pa.table(
        {
            "model": pa.array(matrix.models, pa.string()).take(pa.array(rows)),
            "item": pa.array(matrix.items, pa.string()).take(pa.array(columns)),
            # By way of text, since float32 has fewer digits than float64 would show.
            "score": pa.array(matrix.stored_MN[rows, columns].astype(np.float32))
            .cast(pa.string())
            .cast(pa.float64()),
        },
        schema=SCORE_SCHEMA,
    )
