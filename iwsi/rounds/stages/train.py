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
    """What was kept, or pairs made of it, and the adapter that training goes on from."""

    selection: str
    pairs: str | None
    previous: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The folder of the adapter."""

    adapter: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    from iwsi.train.sft import train_adapter

    if context.recipe.train.distributed == "none":
        keep_one_gpu()  # the Trainer would spread a batch over all it sees, and multiply it
    counts = train_adapter(
        context.recipe,
        _pairs(context, inputs.pairs) if inputs.pairs else _kept(context, inputs.selection),
        context.path(outputs.adapter),
        previous=context.path(inputs.previous) if inputs.previous else None,
        seed=context.draw_seed(),
        progress=context.progress,
        started=context.started,
    )
    return {"trained": counts["trained"], "too_long": counts["too_long"]}


def _kept(context: Context, selection: str) -> pa.Table:
    rows = context.rows(selection, ["prompt", "text", "token_ids", "weight", "keep"])
    kept = pa.concat_tables(part.filter(part["keep"]) for part in rows)
    return kept.drop_columns("keep").rename_columns({"text": "completion"})


def _pairs(context: Context, pairs: str) -> pa.Table:
    return context.read(pairs, ["prompt", "chosen", "rejected", "weight"])


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
    pairs = files.pairs if recipe.train.objective != "sft" else None
    inputs = Inputs(selection=files.selection, pairs=pairs, previous=previous)
    return Stage(KIND, number, inputs, Outputs(adapter=files.adapter))
