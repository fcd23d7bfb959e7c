"""Log density ratio of labelled examples over voted candidates, from mean hidden states."""

from dataclasses import dataclass

from iwsi import records
from iwsi.files import write_table
from iwsi.recipe import Recipe
from iwsi.rounds import layout
from iwsi.rounds.context import Context, Info
from iwsi.rounds.layout import RoundFiles, adapter_of
from iwsi.rounds.stage import FEW_SHOT, Kind, Stage
from iwsi.rounds.voted import Voted, read_voted, spread, with_keys
from iwsi.tasks.sample_text import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs(Voted):
    """The candidates, the labelled examples, and the adapter that sampled."""

    validation: str
    adapter: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """A ratio a candidate (records.SHIFTS)."""

    shifts: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    from iwsi.scoring.hidden import log_density_ratio
    from iwsi.scoring.weigher import weigher_of

    candidates, rows = read_voted(context, inputs)
    validation = context.read(inputs.validation)
    adapter = context.path(inputs.adapter) if inputs.adapter else None
    weigher = weigher_of(context.recipe, adapter)
    context.started()
    groups = [Samples.of(validation, "completion"), Samples.of(candidates.take(rows))]
    validation_VD, candidates_ND = weigher.hidden(groups, context.progress)
    weigher.close()
    ratio = log_density_ratio(candidates_ND, validation_VD, context.draw_seed())
    measured = {"log_ratio": spread(ratio, rows, candidates)}
    write_table(context.path(outputs.shifts), with_keys(candidates, measured, records.SHIFTS))
    return {"spread": round(float(ratio.std()), 6)}


KIND = Kind(
    name="shift",
    stream=11,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=(*FEW_SHOT, "task.prompt", "task.separator"),
    reads_model=True,
)


def stage(recipe: Recipe, number: int) -> Stage[Inputs, Outputs]:
    """The stage of one round."""
    files = RoundFiles.of(number)
    inputs = Inputs(
        samples=files.samples,
        votes=files.votes,
        validation=layout.VALIDATION,
        adapter=adapter_of(recipe, number - 1),
    )
    return Stage(KIND, number, inputs, Outputs(shifts=files.shifts))
