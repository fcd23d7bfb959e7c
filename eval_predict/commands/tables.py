"""`eval-predict summary` and `compare`: what a table says of the models in it."""

from pathlib import Path
from typing import Annotated

import typer

from eval_predict.commands.shared import (
    AsJson,
    Debug,
    Level,
    ScoresPath,
    one_line_errors,
    print_estimates,
    print_json,
)
from eval_predict.data.scores import read_scores
from eval_predict.errors import UserError, nearest
from eval_predict.stats.estimate import mean_score, paired_difference


def summary(
    scores: ScoresPath, level: Level = 0.95, as_json: AsJson = False, debug: Debug = False
) -> None:
    """Each model's mean score with its interval."""
    with one_line_errors(as_json, debug):
        means = {
            model: mean_score(list(items.values()), level)
            for model, items in _scores_by_model(scores).items()
        }
        if as_json:
            models = [{"model": model, **mean.to_dict()} for model, mean in means.items()]
            print_json({"level": level, "models": models})
        else:
            print_estimates("model", means)


def compare(
    scores: ScoresPath,
    model: Annotated[str, typer.Option(help="The model in question.")],
    baseline: Annotated[str, typer.Option(help="The model it is compared with.")],
    level: Level = 0.95,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """The difference of two models' means over the items that both have."""
    with one_line_errors(as_json, debug):
        by_model = _scores_by_model(scores)
        model_scores = _scores_of(by_model, model, "--model")
        baseline_scores = _scores_of(by_model, baseline, "--baseline")
        shared = [item for item in model_scores if item in baseline_scores]
        if not shared:
            raise UserError(
                where=scores,
                field="item",
                got=f'"{model}" and "{baseline}" share no item',
                expected="two models scored on the same items",
            )
        difference = paired_difference(
            [model_scores[item] for item in shared],
            [baseline_scores[item] for item in shared],
            level,
        )
        items = {"both": len(shared), "model": len(model_scores), "baseline": len(baseline_scores)}
        if as_json:
            print_json(
                {"model": model, "baseline": baseline, "items": items, **difference.to_dict()}
            )
        else:
            print_estimates("difference", {f"{model} - {baseline}": difference})
            typer.echo("items: " + ", ".join(f"{name} {count}" for name, count in items.items()))


def _scores_by_model(path: Path) -> dict[str, dict[str, float]]:
    by_model: dict[str, dict[str, float]] = {}
    columns = read_scores(path).to_pydict()
    rows = zip(columns["model"], columns["item"], columns["score"], strict=True)
    for model, item, score in rows:
        by_model.setdefault(model, {})[item] = score
    return by_model


def _scores_of(by_model: dict[str, dict[str, float]], name: str, option: str) -> dict[str, float]:
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
