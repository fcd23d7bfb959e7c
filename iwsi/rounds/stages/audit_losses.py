"""Losses of audited rows: of their worked answers, and of the vote's first candidates."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from iwsi import records
from iwsi.audit.votes import representatives
from iwsi.files import write_table
from iwsi.recipe import Recipe
from iwsi.rounds import layout
from iwsi.rounds.context import Context, Info
from iwsi.rounds.layout import RoundFiles, adapter_of
from iwsi.rounds.stage import FEW_SHOT, Kind, Stage
from iwsi.tasks.sample_text import SampleText, token_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The labelled rows, their candidates, and the adapter that sampled."""

    validation: str
    labelled_samples: str
    adapter: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """A row a labelled row (records.LABELLED_LOSSES)."""

    labelled_losses: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    from iwsi.models import load_model, load_tokenizer
    from iwsi.scoring.losses import token_losses

    recipe = context.recipe
    candidates = context.read(inputs.labelled_samples, records.CANDIDATES.names)
    if not candidates.num_rows:
        write_table(context.path(outputs.labelled_losses), records.LABELLED_LOSSES.empty_table())
        return {"rows": 0}
    ids, voted, first = representatives(candidates, recipe)
    validation = context.read(inputs.validation)
    labelled = validation.take(pc.index_in(pa.array(ids), value_set=_ids(validation)))
    prompts = [*labelled["prompt"].to_pylist(), *first["prompt"].to_pylist()]
    texts = [*labelled["completion"].to_pylist(), *first["text"].to_pylist()]
    token_ids = [*[None] * labelled.num_rows, *token_rows(first)]
    model = load_model(recipe.model, context.path(inputs.adapter) if inputs.adapter else None)
    context.started()
    form = SampleText.of_model(recipe, trained=inputs.adapter is not None)
    losses = token_losses(
        model,
        list(form.encode(load_tokenizer(recipe.model), prompts, texts, token_ids)),
        batch_tokens=recipe.filter.batch_tokens,
        progress=lambda done: context.progress(done, len(prompts)),
    )
    completion, sequence = losses.mean("completion"), losses.mean("sequence")
    of_votes = np.full(len(ids), np.nan)
    of_votes[voted] = sequence[len(ids) :]
    columns = {
        "question_id": ids,
        "rationale_completion": completion[: len(ids)],
        "rationale_sequence": sequence[: len(ids)],
        "vote_sequence": pa.array(of_votes, from_pandas=True),
        "rationale_tokens": losses.completion_tokens[: len(ids)].astype(np.int32),
    }
    table = pa.table(columns, schema=records.LABELLED_LOSSES)
    write_table(context.path(outputs.labelled_losses), table)
    return {"rows": table.num_rows}


def _ids(table: pa.Table) -> pa.Array:
    return table["question_id"].combine_chunks()


KIND = Kind(
    name="audit_losses",
    stream=15,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=(
        *FEW_SHOT,
        "task.prompt",
        "task.separator",
        "task.answer",
        "sample.method",
        "filter.tie",
        "filter.min_votes",
    ),
    process="torch",
    reads_model=True,
)


def stage(recipe: Recipe, number: int) -> Stage[Inputs, Outputs]:
    """The stage of one round."""
    files = RoundFiles.of(number)
    inputs = Inputs(
        validation=layout.VALIDATION,
        labelled_samples=files.labelled_samples,
        adapter=adapter_of(recipe, number - 1),
    )
    return Stage(KIND, number, inputs, Outputs(labelled_losses=files.labelled_losses))
