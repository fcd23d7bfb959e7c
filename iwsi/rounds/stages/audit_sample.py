"""Candidates for labelled rows, sampled as those of training questions are."""

from dataclasses import dataclass

import numpy as np

from iwsi import records
from iwsi.files import write_table
from iwsi.recipe import Recipe
from iwsi.rounds import layout
from iwsi.rounds.context import Context, EngineInputs, Info
from iwsi.rounds.layout import RoundFiles, adapter_of
from iwsi.rounds.stage import FEW_SHOT, Kind, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs(EngineInputs):
    """The labelled rows that no model of the run was trained on."""

    validation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """A folder of shards (records.CANDIDATES)."""

    labelled_samples: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    rows = context.recipe.audit.rows if context.recipe.audit else 0
    labelled = context.read(inputs.validation, ["question_id", "prompt"])
    # Drawn, because a file may be sorted by its labels.
    labelled = labelled.take(np.sort(context.rng().permutation(labelled.num_rows)[:rows]))
    folder = context.path(outputs.labelled_samples)
    if not labelled.num_rows:  # the warm start has taken all
        write_table(folder / "shard-00000.parquet", records.CANDIDATES.empty_table())
        return {}
    candidates = context.generate(inputs, labelled, context.sampling(), folder, columns=[])
    return context.engine_info(candidates)


KIND = Kind(
    name="audit_sample",
    stream=14,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=(*FEW_SHOT, "task.separator", "sample", "audit"),
    process="engine",
    reads_model=True,
)


def stage(recipe: Recipe, number: int) -> Stage[Inputs, Outputs]:
    """The stage of one round."""
    inputs = Inputs(
        validation=layout.VALIDATION, lengths=layout.LENGTHS, adapter=adapter_of(recipe, number - 1)
    )
    outputs = Outputs(labelled_samples=RoundFiles.of(number).labelled_samples)
    return Stage(KIND, number, inputs, outputs)
