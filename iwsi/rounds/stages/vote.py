"""The answer of each candidate, and its question's majority answer."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from iwsi import records
from iwsi.files import table_writer
from iwsi.filter.exact_vote import exact_vote
from iwsi.filter.vote import Vote, vote
from iwsi.recipe import Recipe
from iwsi.rounds.context import Context, Info
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.stage import Kind, Stage
from iwsi.tasks.answers import reader_of


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
    reader = reader_of(recipe.task.answer)
    done = 0
    with table_writer(context.path(outputs.votes), records.VOTES) as write:
        # A shard holds all candidates of its questions.
        for candidates in context.rows(inputs.samples, columns).parts():
            read = reader.extract_many(candidates["text"].to_pylist())
            answers = reader.representatives(candidates["question_id"].to_pylist(), read)
            result = _vote(candidates, pa.array(answers, pa.string()), recipe)
            keys = {name: candidates[name] for name in ("question_id", "candidate_id")}
            voted = keys | {"answer": answers} | result.columns()
            write(pa.table(voted, schema=records.VOTES))
            done += candidates.num_rows
            context.progress(done, total)
    return {}


def _vote(candidates: pa.Table, answers: pa.Array, recipe: Recipe) -> Vote:
    if recipe.sample.method == "exact":
        logprob_N = candidates["logprob"].to_numpy()
        return exact_vote(candidates["question_id"], answers, logprob_N, tie=recipe.filter.tie)
    return vote(
        candidates["question_id"],
        answers,
        truncated=pc.equal(candidates["finish_reason"], "length").to_numpy(),
        tie=recipe.filter.tie,
        min_votes=recipe.filter.min_votes,
    )


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
    """That of a round."""
    files = RoundFiles.of(number)
    return Stage(KIND, number, Inputs(samples=files.samples), Outputs(votes=files.votes))
