"""The model's own rating of each voted answer; equal answers are rated once."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from iwsi import records
from iwsi.files import write_table
from iwsi.recipe import Recipe
from iwsi.rounds import layout
from iwsi.rounds.context import GREEDY, Context, EngineInputs, Info
from iwsi.rounds.layout import RoundFiles, adapter_of
from iwsi.rounds.ratings import rate_samples
from iwsi.rounds.stage import FEW_SHOT, Kind, Stage
from iwsi.rounds.voted import Voted, read_voted, spread, with_keys
from iwsi.tasks.sample_text import Samples


@dataclass(frozen=True, kw_only=True)
class Inputs(EngineInputs, Voted):
    """The candidates, and the model that sampled them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """A rating a candidate (records.RATINGS), and the replies as they were generated."""

    ratings: str
    replies: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    candidates, rows = read_voted(context, inputs)
    rated = rate_samples(
        context, inputs, context.path(outputs.replies), Samples.of(candidates.take(rows))
    )
    reply_of: list[str | None] = [None] * candidates.num_rows
    for row, reply in zip(rows.tolist(), rated.replies, strict=True):
        reply_of[row] = reply
    measured = {
        "reply": pa.array(reply_of, pa.string()),
        "rating": spread(np.array(rated.ratings, float), rows, candidates),
    }
    table = with_keys(candidates, measured, records.RATINGS)
    write_table(context.path(outputs.ratings), table)
    return rated.info


KIND = Kind(
    name="rate",
    stream=9,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=(
        *FEW_SHOT,
        "task.prompt",
        "task.separator",
        *GREEDY,
        "filter.rating_prompt",
    ),
    process="engine",
    reads_model=True,
)


def stage(recipe: Recipe, number: int) -> Stage[Inputs, Outputs]:
    """The stage of one round."""
    files = RoundFiles.of(number)
    inputs = Inputs(
        samples=files.samples,
        votes=files.votes,
        lengths=layout.LENGTHS,
        adapter=adapter_of(recipe, number - 1),
    )
    return Stage(KIND, number, inputs, Outputs(ratings=files.ratings, replies=files.rating_replies))
