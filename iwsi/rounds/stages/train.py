"""A LoRA adapter on the candidates that the filter kept."""

from dataclasses import dataclass

import pyarrow as pa

from iwsi.recipe import Recipe
from iwsi.rounds.context import Context, Info
from iwsi.rounds.environment import keep_one_gpu
from iwsi.rounds.layout import RoundFiles, adapter_of
from iwsi.rounds.stage import Kind, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What was kept, and the adapter that training goes on from."""

    selection: str
    previous: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The folder of the adapter."""

    adapter: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    from iwsi.train.sft import train_adapter

    if context.recipe.train.distributed == "none":
        keep_one_gpu()  # the Trainer would spread a batch over all it sees, and multiply it
    selection = context.rows(inputs.selection, ["prompt", "text", "weight", "keep"])
    kept = pa.concat_tables(part.filter(part["keep"]) for part in selection)
    names = {"prompt": "prompt", "completion": "text", "weight": "weight"}
    samples = pa.table({name: kept[column] for name, column in names.items()})
    return train_adapter(
        context.recipe,
        samples,
        context.path(outputs.adapter),
        previous=context.path(inputs.previous) if inputs.previous else None,
        seed=context.draw_seed(),
        progress=context.progress,
        started=context.started,
    )


KIND = Kind(
    name="train",
    stream=6,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=("task.few_shot", "task.opening", "task.prompt", "task.separator", "train"),
    process="torch",
    reads_model=True,
)


def stage(recipe: Recipe, number: int) -> Stage[Inputs, Outputs]:
    """That of a round."""
    files = RoundFiles.of(number)
    before = number - 1 if recipe.train.start_from == "previous" else 0
    previous = adapter_of(recipe, before)
    inputs = Inputs(selection=files.selection, previous=previous)
    return Stage(KIND, number, inputs, Outputs(adapter=files.adapter))
