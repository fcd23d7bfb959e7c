"""The DS weight of a user's own candidates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from iwsi.filter.ds_weight import ds_weight
from iwsi.recipe import LossOver, Model
from iwsi.tables.files import (
    BY_CONTENT,
    TEXT,
    Reading,
    check_free,
    check_out,
    read_rows_file,
    rows_of,
    text_column,
    write_rows_file,
)
from iwsi.tasks.sample_text import Samples

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


@dataclass(frozen=True, slots=True)
class WeightCounts:
    """Candidates that were weighed, the mean validation loss in nats a token, the median weight."""

    candidates: int
    validation_nll: float
    median_ds_weight: float


def weigh_file(
    scoring: Scoring,
    validation: Path,
    candidates: Path,
    out: Path,
    progress: Callable[[int, int], None],
    reading: Reading = BY_CONTENT,
) -> WeightCounts:
    """Append `nll` and `ds_weight` to the candidates' rows.

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
    return WeightCounts(
        table.num_rows,
        round(float(validation_nll.mean()), 6),
        round(float(np.median(weights)), 6),
    )


def _samples(table: pa.Table, template: str, path: Path, specials: Sequence[str]) -> Samples:
    """Prompts, in which the model's special tokens are text where a row holds them, and texts."""
    from iwsi.tasks.encoding import as_plain_text
    from iwsi.tasks.templates import render

    texts = text_column(table, TEXT, path).to_pylist()
    prompts = render(
        template,
        rows_of(table, path),
        field="--prompt",
        where=str(path),
        escape=lambda value: as_plain_text(value, specials),
    )
    return Samples(prompts, texts)
