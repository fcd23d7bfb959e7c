"""`eval-predict rank`: models in order, and how certain the order is."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

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
from eval_predict.stats.estimate import Estimate
from eval_predict.stats.intervals import normal_quantile
from eval_predict.stats.ranks import Predicted, Ranks, simultaneous_ranks


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
    one of them: the error of its prediction counts in each of its differences, and its ranks and
    the others' hold at once.
    """
    with one_line_errors(as_json, debug):
        if not 0 < level < 1:
            raise UserError(where="--level", got=level, expected="a number between 0 and 1")
        reading = read(scores, options)
        matrix, notes = _complete(reading)
        rng = np.random.default_rng([seed, 0])
        estimate = _predict(reading, observed, method, level, options) if observed else None
        predicted = None if estimate is None else _predicted(matrix, estimate, rng)
        if predicted is not None and notes:
            notes = [*notes, f"the new model is predicted on all {len(reading.items):,} items"]
        ranks = simultaneous_ranks(matrix.dense_MN(), level, rng, predicted)
        names = [*matrix.models, _name_of_new(matrix)]
        rows = [_ranked(names[model], ranks, model) for model in ranks.order_M]
        groups = [[names[model] for model in group] for group in ranks.groups]
        new = None if estimate is None else _placed(estimate.estimate, rows, names[-1])
        if as_json:
            record = {
                "level": level,
                "models": [asdict(row) for row in rows if new is None or row.model != names[-1]],
                "groups": groups,
                "new": None if new is None else asdict(new),
            }
            print_json({**record, "notes": notes, "reading": reading.to_dict()})
            return
        say(reading)
        for note in notes:
            typer.echo(f"note: {note}", err=True)
        _print(rows, groups, new, points=reading.scale.is_share)


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


def _ranked(name: str, ranks: Ranks, model: int) -> RankedModel:
    bounds = int(ranks.best_M[model]), int(ranks.worst_M[model])
    return RankedModel(name, float(ranks.mean_M[model]), *bounds)


def _name_of_new(matrix: ScoreMatrix) -> str:
    name = "new model"
    while name in matrix.models:
        name += "'"
    return name


class _Prediction(NamedTuple):
    """A new model's estimate, and the scores that it rests on by item."""

    estimate: Estimate
    scores: dict[str, float]


def _predict(
    reading: Reading, observed: list[Path], method: str, level: float, options: ReadOptions
) -> _Prediction:
    matrix = reading.matrix
    method_class = method_named(method, "--method")
    seen, warnings = read_observed(observed, matrix, None, options)
    predictor = method_class.predictor().fit(matrix)
    estimate = predict_checked(predictor, method, matrix, seen, level, warnings=warnings)
    items = [matrix.items[position] for position in seen.items_Tn[0]]
    return _Prediction(estimate, dict(zip(items, seen.scores_Tn[0].tolist(), strict=True)))


def _predicted(matrix: ScoreMatrix, new: _Prediction, rng: np.random.Generator) -> Predicted:
    """The new model's scores as they may be: those seen, and draws around the items' means."""
    estimate = new.estimate
    scores_MN, (low, high) = matrix.dense_MN(), matrix.range
    mean_N = scores_MN.mean(axis=0)
    expected_N = np.clip(mean_N + estimate.value - mean_N.mean(), low, high)
    seen_N = np.array([new.scores.get(item, np.nan) for item in matrix.items])
    if np.isin(scores_MN, (0.0, 1.0)).all():
        drawn_N = (rng.random(expected_N.size) < expected_N).astype(np.float64)
    else:
        rest = (seen_N - expected_N)[~np.isnan(seen_N)]
        drawn_N = expected_N + (rng.choice(rest, expected_N.size) if rest.size else 0.0)
    error = (estimate.high - estimate.low) / (2 * normal_quantile(estimate.level))
    return Predicted(estimate.value, error**2, np.where(np.isnan(seen_N), drawn_N, seen_N))


def _placed(estimate: Estimate, rows: list[RankedModel], name: str) -> PlacedModel:
    row = next(row for row in rows if row.model == name)
    return PlacedModel(
        mean=estimate.value,
        low=estimate.low if np.isfinite(estimate.low) else None,
        high=estimate.high if np.isfinite(estimate.high) else None,
        best=row.best,
        worst=row.worst,
        items=estimate.n_observed,
        warnings=estimate.warnings,
    )


def _print(
    rows: list[RankedModel], groups: list[list[str]], new: PlacedModel | None, *, points: bool
) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(caption="Models of one group do not differ clearly.")
    for column in ("rank", "from", "to", "groups"):
        table.add_column(column, justify="right")
    table.add_column("model", overflow="fold")
    table.add_column("points" if points else "mean", justify="right")
    factor, places = (100, 2) if points else (1, 4)
    for number, row in enumerate(rows, start=1):
        span = (str(number), str(row.best), str(row.worst), _in_groups(row.model, groups))
        table.add_row(*span, Text(row.model), f"{factor * row.mean:.{places}f}")
    console = Console()
    console = console if console.is_terminal else Console(width=120)
    console.print(table)
    for warning in new.warnings if new else ():
        typer.echo(f"new model: {warning}", err=True)


def _in_groups(model: str, groups: list[list[str]]) -> str:
    """The first and last group that a model is in: they are runs of the order."""
    numbers = [number for number, group in enumerate(groups, start=1) if model in group]
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
