"""The whole test set, decoded greedily."""

from dataclasses import dataclass

from iwsi.files import write_table
from iwsi.recipe import Recipe
from iwsi.rounds import layout
from iwsi.rounds.context import GREEDY, Context, EngineInputs, Info
from iwsi.rounds.layout import RoundFiles, adapter_of
from iwsi.rounds.results import scored
from iwsi.rounds.stage import FEW_SHOT, Kind, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs(EngineInputs):
    """The labelled items, and the model of the round."""

    test: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """A row an item (records.TEST_RESULTS), and the texts as they were generated."""

    results: str
    answers: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    items, folder = context.read(inputs.test), context.path(outputs.answers)
    candidates = context.generate(inputs, items, context.greedy(), folder, columns=["text"])
    results = scored(context, items, candidates["text"])
    write_table(context.path(outputs.results), results)
    return context.engine_info(candidates)


KIND = Kind(
    name="test",
    stream=1,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=(*FEW_SHOT, "task.separator", "task.answer", *GREEDY),
    process="engine",
    reads_model=True,
)


def stage(recipe: Recipe, number: int, *, closing: bool = False) -> Stage[Inputs, Outputs]:
    """The stage of one round."""
    adapter = adapter_of(recipe, number)
    return _stage(RoundFiles.of(number), number, adapter, closing=closing)


def start_stage() -> Stage[Inputs, Outputs]:
    """The stage of the base model, where round 0 is a warm start."""
    return _stage(RoundFiles.start(), 0, None)


def _stage(
    files: RoundFiles, number: int, adapter: str | None, *, closing: bool = False
) -> Stage[Inputs, Outputs]:
    inputs = Inputs(test=layout.TEST, lengths=layout.LENGTHS, adapter=adapter)
    outputs = Outputs(results=files.results, answers=files.answers)
    return Stage(KIND, number, inputs, outputs, files.folder, closing=closing)
