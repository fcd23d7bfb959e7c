"""`eval-predict predict`: a new model's whole score from a few items."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from eval_predict.commands.reading import Cluster, reads_scores, say
from eval_predict.commands.shared import (
    AsJson,
    Debug,
    Level,
    ScoresPath,
    method_named,
    one_line_errors,
    print_estimates,
    print_json,
)
from eval_predict.data.checks import describe
from eval_predict.data.observed import Observed
from eval_predict.data.observed_files import read_observed
from eval_predict.data.readers import Reading, ReadOptions, read
from eval_predict.errors import UserError
from eval_predict.predict.checked import predict_checked
from eval_predict.stats.estimate import Estimate


@reads_scores
def predict(
    scores: ScoresPath,
    observed: Annotated[
        list[Path],
        typer.Option(
            help="The new model's scores: rows of item, score, and probability and stage as"
            " `select` gave them; or its log as a tool wrote it, alone or beside the file of"
            " `select`. May be given several times."
        ),
    ],
    options: ReadOptions,
    method: Annotated[str, typer.Option(help="Name of a method, as in `bench`.")] = "auto",
    model: Annotated[
        str | None, typer.Option(help="Whose rows, where the file holds several models.")
    ] = None,
    level: Level = 0.95,
    cluster: Cluster = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """The new model's mean score over all items, with an interval."""
    with one_line_errors(as_json, debug):
        method_named(method, "--method")
        if not 0 < level < 1:
            raise UserError(
                where="--level", got=level, expected="a number between 0 and 1, such as 0.95"
            )
        reading = read(scores, replace(options, cluster=cluster))
        matrix = reading.matrix
        _, estimate = predicted(reading, observed, method, model, level, options)
        if as_json:
            print_json({**estimate.to_dict(), "read": describe(matrix)})
        else:
            say(reading)
            print_estimates(
                "model", {model or "new model": estimate}, points=reading.scale.is_share
            )


def predicted(
    reading: Reading,
    observed: list[Path],
    method: str,
    model: str | None,
    level: float,
    options: ReadOptions,
) -> tuple[Observed, Estimate]:
    """The new model's items and the estimate from them, as every command makes it.

    Raises:
        UserError: no such method, or observed items that cannot be read or used.
    """
    matrix = reading.matrix
    seen, warnings = read_observed(observed, matrix, model, options)
    estimate = predict_checked(
        method_named(method, "--method").predictor().fit(matrix),
        method,
        matrix,
        seen,
        level,
        model=model,
        clusters=reading.clusters or None,
        warnings=warnings,
    )
    return seen, estimate
