"""`eval-predict summary` and `compare`: what results say of the models in them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

import typer

from eval_predict.commands.reading import Cluster, Runs, reads_scores, say
from eval_predict.commands.shared import (
    AsJson,
    Debug,
    Level,
    ScoresPath,
    one_line_errors,
    print_estimates,
    print_json,
)
from eval_predict.data.readers import ReadOptions, read
from eval_predict.stats.model_summary import compare_models, summarise_models
from eval_predict.stats.run_spread import RunSpread


@reads_scores
def summary(
    scores: ScoresPath,
    options: ReadOptions,
    level: Level = 0.95,
    cluster: Cluster = None,
    runs: Runs = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Each model's mean score with its interval, from logs of any known tool or a table.

    Shares are printed in points, hundredths of them; another scale of the tool is kept and said.
    --json has the metric's own unit. A missing score is left out; an item's repeats are averaged
    first. Where a model has several runs (a column seed or run, or --runs) the interval is over
    runs as well as items.
    """
    with one_line_errors(as_json, debug):
        reading = read(scores, replace(options, cluster=cluster, runs=runs))
        summaries = summarise_models(reading, level)
        if as_json:
            models = [summary.to_dict() for summary in summaries]
            print_json({"level": level, "models": models, "reading": reading.to_dict()})
        else:
            say(reading)
            estimates = {summary.model: summary.mean for summary in summaries}
            print_estimates("model", estimates, points=reading.scale.is_share)
            _print_runs(
                {summary.model: summary.runs for summary in summaries if summary.runs},
                points=reading.scale.is_share,
            )


@reads_scores
def compare(
    scores: ScoresPath,
    model: Annotated[str, typer.Option(help="The model in question.")],
    baseline: Annotated[str, typer.Option(help="The model it is compared with.")],
    options: ReadOptions,
    level: Level = 0.95,
    cluster: Cluster = None,
    runs: Runs = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """The difference of two models' means over the items that both have.

    Reads what `summary` reads: logs of any known tool, or a table.
    """
    with one_line_errors(as_json, debug):
        reading = read(scores, replace(options, cluster=cluster, runs=runs))
        comparison = compare_models(reading, model, baseline, level)
        if as_json:
            print_json({**comparison.to_dict(), "reading": reading.to_dict()})
        else:
            say(reading)
            difference = {f"{model} - {baseline}": comparison.difference}
            print_estimates("difference", difference, points=reading.scale.is_share)
            _print_runs(comparison.runs, points=reading.scale.is_share)
            counts = (f"{name} {count}" for name, count in comparison.items.items())
            typer.echo("items: " + ", ".join(counts))


def _print_runs(runs: Mapping[str, RunSpread], *, points: bool) -> None:
    """The variance components of models with several runs, as standard deviations."""
    factor, unit = (100, " points") if points else (1, "")
    for model, spread in runs.items():
        parts = {
            "between runs": spread.between_runs,
            "between items": spread.between_items,
            "left": spread.residual,
        }
        shown = ", ".join(f"{name} {factor * value:.2f}" for name, value in parts.items())
        typer.echo(
            f"{model}: {spread.runs} runs of {spread.items:,} items; standard deviations{unit}:"
            f" {shown}"
        )
