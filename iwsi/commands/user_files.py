"""Vote and DS weight over a user's own files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from iwsi.commands.tables import (
    BY_CONTENT,
    Reading,
    check_free,
    check_out,
    read_rows_file,
    text_column,
    write_rows_file,
)
from iwsi.filter.ds_weight import ds_weight
from iwsi.filter.vote import Tie, vote
from iwsi.recipe import LossOver, Model
from iwsi.recipe.answer import AnswerSpec
from iwsi.tasks.answers import reader_of
from iwsi.tasks.sample_text import Samples

# Also the names in our own run directories, so that their files can be read.
QUESTION = ("question", "question_id", "prompt")
TEXT = ("text", "answer", "completion")

VOTE_COLUMNS = (
    "extracted",
    "majority",
    "vote_share",
    "vote_share_all",
    "vote_entropy",
    "agrees",
    "reason",
)
LOSS_COLUMNS = ("nll", "ds_weight")


@dataclass(frozen=True, slots=True)
class Scoring:
    """How `weigh_file` scores: under which model, in which format."""

    model: str
    adapter: Path | None
    prompt: str  # Jinja template
    separator: str
    loss_over: LossOver
    batch_tokens: int


def vote_file(
    candidates: Path,
    out: Path,
    *,
    kind: AnswerSpec,
    tie: Tie,
    min_votes: int = 1,
    reading: Reading = BY_CONTENT,
) -> dict[str, int]:
    """Append the columns of `VOTE_COLUMNS` to a file's rows.

    Returns:
        Counts of candidates, answered ones, and those that agree with their majority.

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
    return {
        "candidates": table.num_rows,
        "answered": len(answers) - extracted.null_count,
        "majority": int(result.agrees.sum()),
    }


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


def weigh_file(
    scoring: Scoring,
    validation: Path,
    candidates: Path,
    out: Path,
    progress: Callable[[int, int], None],
    reading: Reading = BY_CONTENT,
) -> dict[str, float]:
    """Append `nll` and `ds_weight` to the candidates' rows.

    Returns:
        How many were weighed, the mean validation loss in nats, and the median weight.

    Raises:
        UserError: a file lacks a column that the prompt asks for, or the model is not there.
    """
    from iwsi.models import load_tokenizer
    from iwsi.scoring.weigher import Weigher
    from iwsi.tasks.encoding import special_tokens

    check_out(out, [validation, candidates])
    tables = [(path, read_rows_file(path, reading)) for path in (validation, candidates)]
    table = tables[1][1]
    check_free(table, LOSS_COLUMNS, candidates)
    folder = Path(scoring.model)
    model = Model(name=str(folder.resolve()) if folder.is_dir() else scoring.model)
    specials = special_tokens(load_tokenizer(model))
    groups = [_samples(rows, scoring.prompt, path, specials) for path, rows in tables]
    weigher = Weigher(
        model,
        scoring.adapter,
        few_shot="",
        separator=scoring.separator,
        loss_over=scoring.loss_over,
        batch_tokens=scoring.batch_tokens,
    )
    validation_nll, nll = weigher.losses(groups, progress)
    weights = ds_weight(nll, validation_nll)
    for name, column in zip(LOSS_COLUMNS, (nll, weights), strict=True):
        table = table.append_column(name, pa.array(column))
    write_rows_file(out, table)
    return {
        "candidates": table.num_rows,
        "validation_nll": round(float(validation_nll.mean()), 6),
        "median_ds_weight": round(float(np.median(weights)), 6),
    }


def _samples(table: pa.Table, template: str, path: Path, specials: Sequence[str]) -> Samples:
    """Prompts, in which the model's special tokens are text where a row holds them, and texts."""
    from iwsi.tasks.encoding import as_plain_text
    from iwsi.tasks.templates import render

    texts = text_column(table, TEXT, path).to_pylist()
    prompts = render(
        template,
        table.to_pylist(),
        field="--prompt",
        where=str(path),
        escape=lambda value: as_plain_text(value, specials),
    )
    return Samples(prompts, texts)
