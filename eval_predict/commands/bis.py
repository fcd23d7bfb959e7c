"""`eval-predict bis`: models' scores on a benchmark that none of them has run."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from eval_predict.bis.diagnostics import Diagnostics
from eval_predict.bis.encoder import DEFAULT_EMBEDDER
from eval_predict.bis.weights import Truncation
from eval_predict.commands.shared import (
    AsJson,
    Debug,
    Level,
    Seed,
    one_line_errors,
    print_estimates,
    print_json,
)
from eval_predict.errors import UserError, nearest
from eval_predict.stats.estimate import Estimate

Embedder = Annotated[
    str,
    typer.Option(
        help="all-MiniLM as a Python package, a folder, a model on the hub such as"
        " bert-base-uncased, or none for covariates alone."
    ),
]
Covariates = Annotated[
    list[str] | None,
    typer.Option("--covariate", help="Numeric column of the items to use. Several are allowed."),
]


def bis(
    source: Annotated[Path, typer.Option(help="Folder or file with prompts and scores.")],
    target: Annotated[Path, typer.Option(help="Folder or file with prompts.")],
    model: Annotated[str | None, typer.Option(help="The model; default: all.")] = None,
    method: Annotated[
        str | None,
        typer.Option(help="auto, source_mean, weighted, direct or doubly_robust."),
    ] = None,
    density: Annotated[
        str | None,
        typer.Option(
            help="Weigh by iwae, vae, gmm, rbm, flow, classifier or kmm. With it, --method is"
            " weighted unless given; without it, auto."
        ),
    ] = None,
    embedder: Embedder = DEFAULT_EMBEDDER,
    pca: Annotated[int, typer.Option(min=0, help="Components of the embedding; 0: all.")] = 32,
    truncate: Annotated[
        str, typer.Option(help="Percentile at which weights are cut (0.9), or psis.")
    ] = "0.9",
    samples: Annotated[int, typer.Option(min=1, help="K of the iwae.")] = 10,
    seeds: Annotated[int, typer.Option(min=1, help="Fits of the weights, averaged.")] = 5,
    covariate: Covariates = None,
    observed: Annotated[
        Path | None,
        typer.Option(help="Scores on some target items that were run: model, item, score."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Go on with few source items.")] = False,
    seed: Seed = 0,
    level: Level = 0.9,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """A benchmark's score from its prompts alone, given scores on another benchmark."""
    with one_line_errors(as_json, debug):
        from eval_predict.bis.bis import ArrayBIS
        from eval_predict.bis.inputs import read_prompts, read_scored_prompts
        from eval_predict.bis.prompts import Prompts

        columns = tuple(covariate or ())
        cut = parse_truncation(truncate)
        source_prompts, matrix = read_scored_prompts(source, columns)
        target_prompts = read_prompts(target, columns)
        names = [model] if model else list(matrix.models)
        _check_model(source, names[0], matrix.models)
        encoder = make_encoder(embedder)
        fit = ArrayBIS(
            density or "classifier", encoder, pca or None, cut, seeds, seed, samples, force
        ).fit(
            Prompts.describe(source_prompts.texts, encoder, source_prompts.more, "source"),
            Prompts.describe(target_prompts.texts, encoder, target_prompts.more, "target"),
        )
        method_name = method or ("weighted" if density else "auto")
        labels_MT = _labels(observed, matrix.models, target_prompts.items)
        scored = [row for row, mean in enumerate(matrix.mean_M) if mean == mean]
        if not scored:
            raise UserError(where=source, field="score", got="none", expected="some on its items")
        estimates = fit.predict_many(
            matrix.take_models(scored).dense_MN(),
            method_name,
            level,
            None if labels_MT is None else labels_MT[scored],
        )
        by_name = dict(zip((matrix.models[row] for row in scored), estimates, strict=True))
        _check_model(source, names[0], by_name)
        shown = {name: by_name[name] for name in names if name in by_name}
        same = [
            SamePrompt(source_prompts.items[row], target_prompts.items[column])
            for row, column in fit.diagnostics_.contaminated
        ]
        _show(shown, fit.diagnostics_, same, as_json)


def make_encoder(name: str) -> Any:
    """The encoder of that name with its cache on disk, or None for "none"."""
    from eval_predict.bis.encoder import SentenceEncoder, default_cache

    return None if name == "none" else SentenceEncoder(name, default_cache())


def parse_truncation(text: str) -> Truncation:
    """A percentile in (0, 1], or psis.

    Raises:
        UserError: (a ValueError) on anything else.
    """
    if text == "psis":
        return "psis"
    try:
        cut = float(text)
    except ValueError:
        cut = 0.0
    if not 0 < cut <= 1:
        raise UserError(
            where="--truncate", got=f'"{text}"', expected="a percentile such as 0.9, or psis"
        )
    return cut


def _check_model(source: Path, name: str, models: Any) -> None:
    if name not in models:
        guess = nearest(name, models)
        raise UserError(
            where=source,
            field="model",
            got=f'no scores of "{name}"',
            expected=f"one of {len(models)} models",
            fix=f'Did you mean "{guess}"?' if guess else None,
        )


def _labels(observed: Path | None, models: tuple[str, ...], items: tuple[str, ...]) -> Any:
    """The observed scores (M, T), NaN where there are none."""
    if observed is None:
        return None
    import numpy as np

    from eval_predict.data.scores import read_scores

    table = read_scores(observed)
    row_of = {model: row for row, model in enumerate(models)}
    column_of = {item: column for column, item in enumerate(items)}
    labels_MT = np.full((len(models), len(items)), np.nan)
    unknown = []
    for record in table.to_pylist():
        if record["item"] not in column_of:
            unknown.append(record["item"])
        elif record["model"] in row_of:
            labels_MT[row_of[record["model"]], column_of[record["item"]]] = record["score"]
    if unknown:
        raise UserError(
            where=observed,
            field="item",
            got=f'{len(unknown)} unknown (first: "{unknown[0]}")',
            expected="items of the target",
        )
    return labels_MT


@dataclass(frozen=True, slots=True)
class SamePrompt:
    """Two items, one of either benchmark, with the same prompt."""

    source: str
    target: str


def _show(
    estimates: dict[str, Estimate],
    diagnostics: Diagnostics,
    same: list[SamePrompt],
    as_json: bool,
) -> None:
    if as_json:
        khat = diagnostics.khat
        shown = {**asdict(diagnostics), "khat": khat if khat == khat else None}
        shown["contaminated"] = [asdict(pair) for pair in same]
        records = {name: estimate.to_dict() for name, estimate in estimates.items()}
        print_json({"estimates": records, "diagnostics": shown})
        return
    shared = diagnostics.warnings
    by_method = {
        name: replace(
            interval, warnings=tuple(line for line in interval.warnings if line not in shared)
        )
        for name, interval in estimates.items()
    }
    shares = all(0 <= estimate.value <= 1 for estimate in by_method.values())
    print_estimates("model", by_method, points=shares)
    for line in shared:
        typer.echo(line, err=True)
    typer.echo(
        f"effective source items: {diagnostics.ess:.0f} · weight on the top 1%:"
        f" {100 * diagnostics.top_share:.1f}% · k̂: {diagnostics.khat:.2f} ·"
        f" overlap: {diagnostics.overlap:.2f}"
    )
    for pair in same:
        typer.echo(f"in both: {pair.source} (source), {pair.target} (target)", err=True)
