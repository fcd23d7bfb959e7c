"""`eval-predict rank`: models in order, and how sure the order is."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from eval_predict.commands.reading import reads_scores, say
from eval_predict.commands.shared import (
    AsJson,
    Debug,
    ScoresPath,
    Seed,
    method_named,
    one_line_errors,
    print_json,
)
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed_files import read_observed
from eval_predict.data.readers import Reading, ReadOptions, read
from eval_predict.errors import UserError
from eval_predict.predict.checked import predict_checked
from eval_predict.stats.ranks import Ranks, simultaneous_ranks


@dataclass(frozen=True, slots=True)
class RankedModel:
    """A model's mean, and the best and worst rank that the items leave it."""

    model: str
    mean: float
    best: int
    worst: int


@dataclass(frozen=True, slots=True)
class PlacedModel:
    """A new model's prediction (None for an infinite bound), and its ranks among the others."""

    mean: float
    low: float | None
    high: float | None
    best: int
    worst: int
    items: int
    warnings: tuple[str, ...]


@reads_scores
def rank(
    scores: ScoresPath,
    options: ReadOptions,
    observed: Annotated[
        list[Path] | None,
        typer.Option(help="A new model's scores on some items, as `predict` takes them."),
    ] = None,
    method: Annotated[str, typer.Option(help="Method that predicts the new model.")] = "auto",
    level: Annotated[float, typer.Option(help="Probability that all intervals hold.")] = 0.95,
    seed: Seed = 0,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Ranks of the models with intervals that hold for all at once, and groups that tie.

    The items are taken for a sample of many: two models differ where their paired difference is
    larger than the largest of all differences that chance would show. A new model (--observed) is
    placed by the interval of its prediction among the others' scores, which are known on these
    very items.
    """
    with one_line_errors(as_json, debug):
        if not 0 < level < 1:
            raise UserError(where="--level", got=level, expected="a number between 0 and 1")
        reading = read(scores, options)
        matrix, notes = _complete(reading)
        ranks = simultaneous_ranks(matrix.dense_MN(), level, np.random.default_rng([seed, 0]))
        rows = [_ranked(matrix, ranks, model) for model in ranks.order_M]
        groups = [[matrix.models[model] for model in group] for group in ranks.groups]
        new = _place(reading, observed, method, level, options) if observed else None
        if as_json:
            record = {
                "level": level,
                "models": [asdict(row) for row in rows],
                "groups": groups,
                "new": None if new is None else asdict(new),
            }
            print_json({**record, "notes": notes, "reading": reading.to_dict()})
            return
        say(reading)
        for note in notes:
            typer.echo(f"note: {note}", err=True)
        _print(rows, groups, new)


def _complete(reading: Reading) -> tuple[ScoreMatrix, list[str]]:
    """The models and items without missing scores: a rank needs the same items for all.

    Raises:
        UserError: (a ValueError) where no two items are left.
    """
    matrix = reading.matrix
    scored_M = ~matrix.missing_MN.all(axis=1)
    matrix = matrix if scored_M.all() else matrix.take_models(scored_M)
    whole_N = ~matrix.missing_MN.any(axis=0)
    if whole_N.sum() < 2:
        raise UserError(
            where="rank",
            got=f"{int(whole_N.sum())} items that all {len(matrix.models)} models have",
            expected="at least two",
            fix="Choose the task that all of them ran with --task, or give fewer models.",
        )
    if whole_N.all():
        return matrix, []
    columns = np.flatnonzero(whole_N)
    items = [matrix.items[column] for column in columns]
    note = f"ranked on the {len(items):,} items that all models have, of {whole_N.size:,}"
    return ScoreMatrix.from_array(matrix.dense_MN()[:, columns], matrix.models, items), [note]


def _ranked(matrix: ScoreMatrix, ranks: Ranks, model: int) -> RankedModel:
    bounds = int(ranks.best_M[model]), int(ranks.worst_M[model])
    return RankedModel(matrix.models[model], float(ranks.mean_M[model]), *bounds)


def _place(
    reading: Reading, observed: list[Path], method: str, level: float, options: ReadOptions
) -> PlacedModel:
    """A new model's ranks among the others: surely above those whose score its interval clears."""
    matrix = reading.matrix
    method_class = method_named(method, "--method")
    seen, warnings = read_observed(observed, matrix, None, options)
    means = matrix.mean_M[~np.isnan(matrix.mean_M)]
    # One interval against M known scores is one statement, and needs no wider level.
    predictor = method_class.predictor().fit(matrix)
    estimate = predict_checked(predictor, method, matrix, seen, level, warnings=warnings)
    return PlacedModel(
        mean=estimate.value,
        low=estimate.low if np.isfinite(estimate.low) else None,
        high=estimate.high if np.isfinite(estimate.high) else None,
        best=1 + int((means > estimate.high).sum()),
        worst=1 + int((means >= estimate.low).sum()),
        items=estimate.n_observed,
        warnings=estimate.warnings,
    )


def _print(rows: list[RankedModel], groups: list[list[str]], new: PlacedModel | None) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(caption="Models that share a group are not told apart.")
    for column in ("rank", "from", "to", "groups"):
        table.add_column(column, justify="right")
    table.add_column("model", overflow="fold")
    table.add_column("mean", justify="right")
    for number, row in enumerate(rows, start=1):
        span = (str(number), str(row.best), str(row.worst), _in_groups(row.model, groups))
        table.add_row(*span, Text(row.model), f"{row.mean:.4f}")
    if new is not None:
        table.add_section()
        span = ("new", str(new.best), str(new.worst), "")
        table.add_row(*span, "the new model", f"{new.mean:.4f}")
    console = Console()
    console = console if console.is_terminal else Console(width=120)
    console.print(table)
    for warning in new.warnings if new else ():
        typer.echo(f"new model: {warning}", err=True)


def _in_groups(model: str, groups: list[list[str]]) -> str:
    """The first and last group that a model is in: they are runs of the order."""
    numbers = [number for number, group in enumerate(groups, start=1) if model in group]
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
