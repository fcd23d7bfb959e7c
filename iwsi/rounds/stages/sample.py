"""Samples candidates for each training question with the model of the round before."""

from dataclasses import dataclass

from iwsi.recipe import Recipe
from iwsi.rounds import layout
from iwsi.rounds.context import Context, EngineInputs, Info
from iwsi.rounds.layout import RoundFiles, adapter_of
from iwsi.rounds.stage import FEW_SHOT, Kind, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs(EngineInputs):
    """The questions, without labels."""

    train: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """A folder of shards (records.CANDIDATES)."""

    samples: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    questions, folder = context.read(inputs.train), context.path(outputs.samples)
    candidates = context.generate(inputs, questions, context.sampling(), folder, columns=[])
    return context.engine_info(candidates)


KIND = Kind(
    name="sample",
    stream=2,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=(*FEW_SHOT, "task.separator", "sample"),
    process="engine",
    reads_model=True,
)


def stage(recipe: Recipe, number: int) -> Stage[Inputs, Outputs]:
    """The stage of one round."""
    inputs = Inputs(
        train=layout.TRAIN, lengths=layout.LENGTHS, adapter=adapter_of(recipe, number - 1)
    )
    return Stage(KIND, number, inputs, Outputs(samples=RoundFiles.of(number).samples))
