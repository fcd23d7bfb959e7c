"""The answer of each candidate, and its question's majority answer."""

from dataclasses import dataclass

import pyarrow as pa

from iwsi import records
from iwsi.files import table_writer
from iwsi.filter.ballot import recipe_vote
from iwsi.rounds.context import Context, Info
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.stage import Kind, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The candidates."""

    samples: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """A row a candidate (records.VOTES)."""

    votes: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    recipe = context.recipe
    total = context.read(inputs.samples, ["candidate_id"]).num_rows
    columns = ["question_id", "candidate_id", "text", "finish_reason", "logprob"]
    done = 0
    with table_writer(context.path(outputs.votes), records.VOTES) as write:
        # A shard holds all candidates of its questions.
        for candidates in context.rows(inputs.samples, columns).parts():
            answers, result = recipe_vote(candidates, recipe)
            keys = {name: candidates[name] for name in ("question_id", "candidate_id")}
            voted = keys | {"answer": answers} | result.columns()
            write(pa.table(voted, schema=records.VOTES))
            done += candidates.num_rows
            context.progress(done, total)
    return {}


KIND = Kind(
    name="vote",
    stream=3,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=("task.answer", "sample.method", "filter.tie", "filter.min_votes"),
    process="loop",
)


def stage(number: int) -> Stage[Inputs, Outputs]:
    """The stage of one round."""
    files = RoundFiles.of(number)
    return Stage(KIND, number, Inputs(samples=files.samples), Outputs(votes=files.votes))
