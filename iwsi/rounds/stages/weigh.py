"""Losses of the voted candidates and of the labelled examples, and the DS weight."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from iwsi import records
from iwsi.errors import InternalError
from iwsi.files import write_table
from iwsi.filter.ds_weight import ds_weight
from iwsi.recipe import Recipe
from iwsi.recipe.filter import ScoresLoss
from iwsi.rounds import layout
from iwsi.rounds.context import Context, Info, Progress
from iwsi.rounds.layout import RoundFiles, adapter_of
from iwsi.rounds.stage import FEW_SHOT, Kind, Stage
from iwsi.rounds.voted import Columns, Voted, measure_parts
from iwsi.tasks.sample_text import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs(Voted):
    """The candidates, the labelled examples, and the adapter that sampled."""

    validation: str
    adapter: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The losses of both (records.LOSSES, records.VALIDATION_LOSSES)."""

    losses: str
    validation_losses: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    from iwsi.scoring.weigher import weigher_of

    validation = context.read(inputs.validation)
    adapter = context.path(inputs.adapter) if inputs.adapter else None
    rule = context.recipe.filter
    if not isinstance(rule, ScoresLoss):
        raise InternalError(f"{context.name} for a filter that compares no losses")
    weigher = weigher_of(context.recipe, adapter, rule.loss_over)
    context.started()
    labelled = Samples.of(validation, "completion")
    reference: list[NDArray[np.float64]] = []

    def measure(voted: Samples, progress: Progress) -> Columns:
        found = weigher.losses([voted] if reference else [voted, labelled], progress)
        reference.extend(found[1:])
        return {"nll": found[0], "ds_weight": ds_weight(found[0], reference[0])}

    output, in_process = outputs.losses, weigher.in_process
    measure_parts(context, inputs, output, measure, records.LOSSES, in_process=in_process)
    validation_nll = reference[0] if reference else weigher.losses([labelled], _quiet)[0]
    weigher.close()
    references = {
        "question_id": validation["question_id"],
        "nll": validation_nll,
        "num_tokens": pa.array(weigher.num_tokens(labelled), pa.int32()),
    }
    table = pa.table(references, schema=records.VALIDATION_LOSSES)
    write_table(context.path(outputs.validation_losses), table)
    return {"validation_nll": round(float(validation_nll.mean()), 6)}


def _quiet(done: int, total: int) -> None:
    """Ignore progress."""


KIND = Kind(
    name="weigh",
    stream=4,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=(*FEW_SHOT, "task.prompt", "task.separator", "filter.loss_over"),
    process="torch",
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
    outputs = Outputs(losses=files.losses, validation_losses=files.validation_losses)
    return Stage(KIND, number, inputs, outputs)
