"""`eval-predict summary` and `compare`: what results say of the models in them."""

from dataclasses import replace
from typing import Annotated

import typer

from eval_predict.commands.reading import Cluster, reads_scores, say
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


@reads_scores
def summary(
    scores: ScoresPath,
    options: ReadOptions,
    level: Level = 0.95,
    cluster: Cluster = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Each model's mean score with its interval, from logs of any known tool or a table.

    Scores stand in the metric's own unit: shares between 0 and 1, unless the tool has another
    scale, which is said. A missing score is left out; an item's repeats are averaged first.
    """
    with one_line_errors(as_json, debug):
        reading = read(scores, replace(options, cluster=cluster))
        summaries = summarise_models(reading, level)
        if as_json:
            models = [summary.to_dict() for summary in summaries]
            print_json({"level": level, "models": models, "reading": reading.to_dict()})
        else:
            say(reading)
            print_estimates("model", {summary.model: summary.mean for summary in summaries})


@reads_scores
def compare(
    scores: ScoresPath,
    model: Annotated[str, typer.Option(help="The model in question.")],
    baseline: Annotated[str, typer.Option(help="The model it is compared with.")],
    options: ReadOptions,
    level: Level = 0.95,
    cluster: Cluster = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """The difference of two models' means over the items that both have.

    Reads what `summary` reads: logs of any known tool, or a table.
    """
    with one_line_errors(as_json, debug):
        reading = read(scores, replace(options, cluster=cluster))
        comparison = compare_models(reading, model, baseline, level)
        if as_json:
            print_json({**comparison.to_dict(), "reading": reading.to_dict()})
        else:
            say(reading)
            print_estimates("difference", {f"{model} - {baseline}": comparison.difference})
            counts = (f"{name} {count}" for name, count in comparison.items.items())
            typer.echo("items: " + ", ".join(counts))
