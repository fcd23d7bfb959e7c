"""The model's own rating of audited votes, where the filter asks for ratings."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from iwsi import records
from iwsi.audit.votes import representatives
from iwsi.files import write_table
from iwsi.recipe import Recipe
from iwsi.rounds import layout
from iwsi.rounds.context import GREEDY, Context, EngineInputs, Info
from iwsi.rounds.layout import RoundFiles, adapter_of
from iwsi.rounds.ratings import rate_samples
from iwsi.rounds.stage import FEW_SHOT, Kind, Stage
from iwsi.tasks.sample_text import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs(EngineInputs):
    """The candidates of the labelled rows, and the model that sampled them."""

    labelled_samples: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """A row a labelled row with a majority (records.LABELLED_RATINGS), and the replies."""

    labelled_ratings: str
    replies: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    candidates = context.read(inputs.labelled_samples, records.CANDIDATES.names)
    replies = context.path(outputs.replies)
    if not candidates.num_rows:
        write_table(replies / "shard-00000.parquet", records.CANDIDATES.empty_table())
        write_table(context.path(outputs.labelled_ratings), records.LABELLED_RATINGS.empty_table())
        return {"rows": 0}
    ids, voted, first = representatives(candidates, context.recipe)
    rated = rate_samples(context, inputs, replies, Samples.of(first))
    columns = {
        "question_id": [ids[row] for row in voted.tolist()],
        "rating": pa.array(np.array(rated.ratings), from_pandas=True),
    }
    table = pa.table(columns, schema=records.LABELLED_RATINGS)
    write_table(context.path(outputs.labelled_ratings), table)
    return rated.info


KIND = Kind(
    name="audit_rate",
    stream=20,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=(
        *FEW_SHOT,
        "task.prompt",
        "task.separator",
        "task.answer",
        *GREEDY,
        "sample.method",
        "filter.tie",
        "filter.min_votes",
        "filter.rating_prompt",
    ),
    process="engine",
    reads_model=True,
)


def stage(recipe: Recipe, number: int) -> Stage[Inputs, Outputs]:
    """The stage of one round."""
    files = RoundFiles.of(number)
    inputs = Inputs(
        labelled_samples=files.labelled_samples,
        lengths=layout.LENGTHS,
        adapter=adapter_of(recipe, number - 1),
    )
    outputs = Outputs(
        labelled_ratings=files.labelled_ratings, replies=files.labelled_rating_replies
    )
    return Stage(KIND, number, inputs, outputs)
