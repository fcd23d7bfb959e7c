"""`eval-predict summary` and `compare`: what results say of the models in them."""

from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

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
from eval_predict.data.readers import Reading, ReadOptions, read
from eval_predict.errors import UserError, nearest
from eval_predict.stats.estimate import mean_score, paired_difference


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
        by_model = _scores_by_model(reading)
        means = {
            model: mean_score(
                row_N[~np.isnan(row_N)], level, clusters=_clusters(reading, ~np.isnan(row_N))
            )
            for model, row_N in by_model.items()
            if not np.isnan(row_N).all()
        }
        if as_json:
            models = [
                {
                    "model": model,
                    **mean.to_dict(),
                    "missing": int(np.isnan(by_model[model]).sum()),
                    **_by_task(reading, by_model[model]),
                    **_within_items(reading, model),
                }
                for model, mean in means.items()
            ]
            print_json({"level": level, "models": models, "reading": reading.to_dict()})
        else:
            say(reading)
            print_estimates("model", means)


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
        by_model = _scores_by_model(reading)
        model_N = _scores_of(by_model, model, "--model")
        baseline_N = _scores_of(by_model, baseline, "--baseline")
        has_model_N, has_baseline_N = ~np.isnan(model_N), ~np.isnan(baseline_N)
        both_N = has_model_N & has_baseline_N
        if not both_N.any():
            raise UserError(
                where=scores,
                field="item",
                got=f'"{model}" and "{baseline}" share no item',
                expected="two models scored on the same items",
            )
        difference = paired_difference(
            model_N[both_N], baseline_N[both_N], level, clusters=_clusters(reading, both_N)
        )
        items = {
            "both": int(both_N.sum()),
            "model": int(has_model_N.sum()),
            "baseline": int(has_baseline_N.sum()),
        }
        if as_json:
            print_json(
                {
                    "model": model,
                    "baseline": baseline,
                    "items": items,
                    **difference.to_dict(),
                    "reading": reading.to_dict(),
                }
            )
        else:
            say(reading)
            print_estimates("difference", {f"{model} - {baseline}": difference})
            typer.echo("items: " + ", ".join(f"{name} {count}" for name, count in items.items()))


def _clusters(reading: Reading, kept_N: NDArray[np.bool_]) -> list[str] | None:
    """The clusters of some of the items, None where none was asked for."""
    if not reading.clusters:
        return None
    return [label for label, kept in zip(reading.clusters, kept_N, strict=True) if kept]


def _scores_by_model(reading: Reading) -> dict[str, NDArray[np.float64]]:
    return dict(zip(reading.models, reading.matrix.dense_MN(), strict=True))


def _within_items(reading: Reading, model: str) -> dict[str, Any]:
    """How much an item's repeats vary, where items were run several times."""
    if reading.repeats is None:
        return {}
    row = reading.models.index(model)
    variance_N = reading.repeats.variance_MN[row]
    known_N = ~np.isnan(variance_N)
    return {
        "repeats": int(reading.repeats.count_MN[row].max(initial=0)),
        "within_item_variance": float(variance_N[known_N].mean()) if known_N.any() else None,
    }


def _by_task(reading: Reading, row_N: NDArray[np.float64]) -> dict[str, Any]:
    """The means of the tasks, where there are several."""
    if len(set(reading.tasks)) < 2:
        return {}
    tasks_N = np.array(reading.tasks)
    means = {}
    for task in dict.fromkeys(reading.tasks):
        own = row_N[(tasks_N == task) & ~np.isnan(row_N)]
        if own.size:
            means[task] = float(own.mean())
    return {"tasks": means}


def _scores_of(
    by_model: dict[str, NDArray[np.float64]], name: str, option: str
) -> NDArray[np.float64]:
    if name in by_model:
        return by_model[name]
    guess = nearest(name, by_model)
    names = list(by_model)[:8]
    raise UserError(
        where=option,
        got=f'no model "{name}"',
        expected=f"one of {', '.join(names)}" + (", …" if len(by_model) > len(names) else ""),
        fix=f'Did you mean "{guess}"?' if guess else None,
    )
