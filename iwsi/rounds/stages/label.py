"""The training rows' labels, for the one filter that reads them."""

from dataclasses import dataclass

from iwsi.files import write_table
from iwsi.rounds import layout
from iwsi.rounds.context import Context, Info
from iwsi.rounds.stage import Kind, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The questions that need a label."""

    train: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The labels (records.GOLD)."""

    gold: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    from iwsi.tasks.labels import train_gold

    ids = context.read(inputs.train)["question_id"].to_pylist()
    table = train_gold(context.recipe.task, ids)
    write_table(context.path(outputs.gold), table)
    return {"rows": table.num_rows}


KIND = Kind(
    name="label",
    stream=12,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=("task",),
    outside=("task.train.",),
)


def stage() -> Stage[Inputs, Outputs]:
    """Once for all rounds, and before anything that takes long."""
    return Stage(KIND, 1, Inputs(train=layout.TRAIN), Outputs(gold=layout.TRAIN_GOLD))
