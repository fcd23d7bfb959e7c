"""Self-consistency over a user's own file of candidates."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from iwsi.filter.vote import Tie, vote
from iwsi.recipe.answer import AnswerSpec
from iwsi.tables.files import (
    BY_CONTENT,
    QUESTION,
    TEXT,
    Reading,
    check_free,
    check_out,
    read_rows_file,
    text_column,
    write_rows_file,
)
from iwsi.tasks.answers import reader_of

VOTE_COLUMNS = (
    "extracted",
    "majority",
    "vote_share",
    "vote_share_all",
    "vote_entropy",
    "agrees",
    "reason",
)


@dataclass(frozen=True, slots=True)
class VoteCounts:
    """Candidates of a file, those with an answer, and those that agree with their majority."""

    candidates: int
    answered: int
    majority: int


def vote_file(
    candidates: Path,
    out: Path,
    *,
    kind: AnswerSpec,
    tie: Tie,
    min_votes: int = 1,
    reading: Reading = BY_CONTENT,
) -> VoteCounts:
    """Append the columns of `VOTE_COLUMNS` to a file's rows.

    Raises:
        UserError: the file lacks a question or an answer column.
    """
    check_out(out, [candidates])
    table = read_rows_file(candidates, reading)
    check_free(table, VOTE_COLUMNS, candidates)
    question = text_column(table, QUESTION, candidates)
    text = text_column(table, TEXT, candidates)
    reader = reader_of(kind)
    read = reader.extract_many(text.to_pylist())
    answers = reader.representatives(question.to_pylist(), read)
    extracted = pa.array(answers, pa.string())
    cut = None
    if "finish_reason" in table.column_names:  # as in our own samples
        cut = was_cut(table["finish_reason"])
    result = vote(question, extracted, truncated=cut, tie=tie, min_votes=min_votes)
    for name, column in ({"extracted": extracted} | result.columns()).items():
        table = table.append_column(name, column)
    write_rows_file(out, table)
    return VoteCounts(table.num_rows, len(answers) - extracted.null_count, int(result.agrees.sum()))


# How libraries and services say that an answer reached the limit of its tokens.
_CUT = ("length", "max_tokens", "max_length", "max_new_tokens", "max_output_tokens", "model_length")


def was_cut(finish_reason: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Whether each of N answers was cut off by its limit of tokens, shape (N,).

    `FinishReason.LENGTH` and `length` are the same; a gap is no cut.
    """
    if pa.types.is_nested(finish_reason.type):
        return np.zeros(len(finish_reason), bool)
    reasons = finish_reason.cast(pa.string()).to_pylist()
    cut = {r: r is not None and r.lower().rpartition(".")[2] in _CUT for r in set(reasons)}
    return np.array([cut[reason] for reason in reasons], bool)
