"""Several candidates for each training question, by the model of the round before."""

from dataclasses import dataclass

from iwsi.rounds import layout
from iwsi.rounds.context import Context, EngineInputs, Info
from iwsi.rounds.layout import RoundFiles, adapter_of
from iwsi.rounds.stage import Kind, Stage
from iwsi.sample.engine import Decoding


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs(EngineInputs):
    """The questions, without labels."""

    train: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """A folder of shards (records.CANDIDATES)."""

    samples: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    sample = context.recipe.sample
    decoding = Decoding(
        sample.n, sample.temperature, sample.top_p, sample.max_tokens, tuple(sample.stop)
    )
    questions, folder = context.read(inputs.train), context.path(outputs.samples)
    candidates = context.generate(inputs, questions, decoding, folder, columns=[])
    return context.engine_info(candidates)


KIND = Kind(
    name="sample",
    stream=2,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=("task.few_shot", "sample"),
    process="engine",
    reads_model=True,
)


def stage(number: int) -> Stage[Inputs, Outputs]:
    """That of a round."""
    inputs = Inputs(train=layout.TRAIN, lengths=layout.LENGTHS, adapter=adapter_of(number - 1))
    return Stage(KIND, number, inputs, Outputs(samples=RoundFiles.of(number).samples))
