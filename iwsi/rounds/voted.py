"""The candidates that the vote left, for the stages that measure them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from iwsi.files import READ_ROWS, table_writer
from iwsi.records import CANDIDATES
from iwsi.rounds.context import Context, Progress
from iwsi.tasks.sample_text import Samples

Columns = dict[str, NDArray[Any]]

POOLED_ROWS = 2**19  # candidates that are held where several processes measure them


@dataclass(frozen=True, kw_only=True)  # without slots: some inputs have two bases
class Voted:
    """The inputs of every stage that measures candidates; a base class."""

    samples: str
    votes: str


def measure_parts(
    context: Context,
    inputs: Voted,
    output: str,
    measure: Callable[[Samples, Progress], Columns],
    schema: pa.Schema,
    *,
    in_process: bool,
) -> None:
    """Write what is measured of the voted candidates, some questions at a time.

    Args:
        context: The stage's context.
        inputs: The stage's inputs.
        output: The file that is written.
        measure: From M candidates to columns of M values.
        schema: Of that file: question, candidate and those columns.
        in_process: Whether this process measures, so that fewer candidates may be held. Others
            are waited for after each part, and those of a cluster start again.
    """
    rows = READ_ROWS if in_process else POOLED_ROWS
    agrees = context.read(inputs.votes, ["agrees"])["agrees"].to_numpy()
    total, done, begin = int(agrees.sum()), 0, 0
    columns = ["question_id", "candidate_id", "prompt", "text", "logprob", "token_ids"]
    with table_writer(context.path(output), schema) as write:
        for candidates in context.rows(inputs.samples, columns).parts(rows):
            voted = np.flatnonzero(agrees[begin : begin + candidates.num_rows])
            begin += candidates.num_rows

            def progress(part: int, parts: int, before: int = done, more: int = len(voted)) -> None:
                context.progress(before + more * part // max(parts, 1), total)

            measured: Columns = {name: np.empty(0) for name in schema.names[2:]}
            if len(voted):
                measured = measure(Samples.of(candidates.take(voted)), progress)
            done += len(voted)
            found = {name: spread(values, voted, candidates) for name, values in measured.items()}
            write(with_keys(candidates, found, schema))


def read_voted(context: Context, inputs: Voted) -> tuple[pa.Table, NDArray[np.int64]]:
    """All candidates, and the rows of those that the vote left."""
    candidates = context.read(inputs.samples, CANDIDATES.names)
    votes = context.read(inputs.votes, ["agrees"])
    return candidates, np.flatnonzero(votes["agrees"].to_numpy())


def spread(values: NDArray[Any], rows: NDArray[np.int64], candidates: pa.Table) -> pa.Array:
    """Values of some candidates as a column of all, null elsewhere."""
    whole = np.full(candidates.num_rows, np.nan)
    whole[rows] = values
    return pa.array(whole, from_pandas=True)


def with_keys(candidates: pa.Table, measured: dict[str, pa.Array], schema: pa.Schema) -> pa.Table:
    """Columns of all candidates, with question and candidate before them."""
    keys = {name: candidates[name] for name in ("question_id", "candidate_id")}
    return pa.table(keys | measured, schema=schema)
