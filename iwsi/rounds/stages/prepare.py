"""Rows become questions, labelled examples and test items; what forecasts need is read as well."""

from dataclasses import asdict, dataclass

from iwsi.cost.counts import count_rows
from iwsi.evaluation.history import write_history
from iwsi.files import write_json, write_table
from iwsi.models import load_tokenizer
from iwsi.recipe import Recipe
from iwsi.rounds import layout
from iwsi.rounds.context import Context, Info, Warned
from iwsi.rounds.preflight import read_rows
from iwsi.rounds.stage import Kind, Stage


@dataclass(frozen=True, slots=True)
class Inputs:
    """No file of the run directory: the rows come from where the recipe says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The rows of each split."""

    train: str
    validation: str
    warm_start: str | None
    test: str
    lengths: str  # of the longest prompts, in tokens
    history: str | None
    target: str | None


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    splits, lengths, outside, warm, skeleton = read_rows(context.recipe)
    if outputs.warm_start is not None and warm is not None:
        write_table(context.path(outputs.warm_start), warm)
    if outputs.history is not None and outside.history is not None:
        write_history(outside.history, context.path(outputs.history))
    if outputs.target is not None and outside.target is not None:
        write_table(context.path(outputs.target), outside.target)
    tables = {
        outputs.train: splits.train,
        outputs.validation: splits.validation,
        outputs.test: splits.test,
    }
    for path, table in tables.items():
        write_table(context.path(path), table)
    write_json(context.path(outputs.lengths), lengths)
    tokenizer = load_tokenizer(context.recipe.model)
    counts = count_rows(context.recipe, splits, warm, tokenizer, skeleton.trainable)
    return {
        "counts": asdict(counts),
        "rows": {path: table.num_rows for path, table in tables.items()},
        "dropped": splits.dropped,
        "warnings": [
            *(
                Warned(
                    message=warning.message,
                    code=warning.code,
                    split=warning.split,
                    rows=list(warning.rows),
                )
                for warning in splits.warnings
            ),
            *(Warned(message=sentence) for sentence in skeleton.warnings),
        ],
        "notes": list(outside.notes),
        "parameters": skeleton.parameters,
        "trainable": skeleton.trainable,
        "adapted": list(skeleton.adapted),
    }


KIND = Kind(
    name="prepare",
    stream=0,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=(
        "task",
        "sample.max_tokens",
        "forecast.target",
        "warm_start.rows",
    ),
    reads_model=True,
    outside=("task.", "forecast."),
)


def stage(recipe: Recipe) -> Stage[Inputs, Outputs]:
    """The first stage of every run."""
    forecast = recipe.forecast
    outputs = Outputs(
        train=layout.TRAIN,
        validation=layout.VALIDATION,
        warm_start=layout.WARM_START if recipe.warm_start else None,
        test=layout.TEST,
        lengths=layout.LENGTHS,
        history=layout.HISTORY if forecast and forecast.history else None,
        target=layout.TARGET if forecast and forecast.target else None,
    )
    return Stage(KIND, 0, Inputs(), outputs)
