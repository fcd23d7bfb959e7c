"""How diverse the candidates are, how often one of them is right, and signs of collapse."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from eval_predict.stats.estimate import Estimate, mean_score
from iwsi.evaluation.collapse import collapse_warnings
from iwsi.evaluation.diversity import (
    Diversity,
    LabelledDiversity,
    RoundDiversity,
    closed_pass_at,
    diversity,
    pass_at,
)
from iwsi.files import as_json, write_json
from iwsi.filter.ballot import recipe_vote, vote_weights
from iwsi.filter.correct import correct
from iwsi.filter.vote import Vote
from iwsi.recipe import Recipe
from iwsi.rounds import layout
from iwsi.rounds.context import Context, Info
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.stage import Kind, Stage
from iwsi.rounds.voted import Voted
from iwsi.tasks.answers import reader_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """The labelled rows, their candidates, and the losses of their worked answers."""

    validation: str
    samples: str
    losses: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs(Voted):
    """The candidates of the round, those of labelled rows, and what the round before found."""

    labelled: Labelled | None
    before: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The stage's figures."""

    diversity: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    training = _training(context, inputs)
    labelled = _labelled(context, inputs.labelled) if inputs.labelled else None
    warnings: tuple[str, ...] = ()
    if inputs.before:
        before = RoundDiversity.from_dict(context.read_json(inputs.before))
        warnings = collapse_warnings(training, before.training, labelled, before.labelled)
    found = RoundDiversity(training, labelled, warnings)
    write_json(context.path(outputs.diversity), as_json(found))
    return {"warnings": [{"message": warning} for warning in warnings]}


def _training(context: Context, inputs: Inputs) -> Diversity:
    """Diversity on the training questions; numbers are held in memory, texts are not."""
    sampled = context.read(inputs.samples, ["question_id", "num_tokens"])
    votes = context.read(inputs.votes, ["answer", "vote_entropy", "reason"])
    return diversity(
        _codes(sampled["question_id"]),
        _codes(votes["answer"]),
        votes["vote_entropy"].to_numpy(),
        sampled["num_tokens"].to_numpy(),
        _truncated(votes["reason"]),
        context.texts(inputs.samples, "text"),
        closed_list=context.recipe.sample.method == "exact",
    )


def _labelled(context: Context, inputs: Labelled) -> LabelledDiversity | None:
    candidates = context.read(inputs.samples)
    if not candidates.num_rows:
        return None
    answers, result = recipe_vote(candidates, context.recipe)
    question_N = _codes(candidates["question_id"])
    cut_N = result.reason == "truncated"
    closed = context.recipe.sample.method == "exact"
    right_N = _right(context, inputs, candidates, answers) & ~cut_N
    if closed:
        weight_N = vote_weights(candidates, result, context.recipe)
        total_Q = np.bincount(question_N, weights=weight_N)
        right_Q = np.bincount(question_N, weights=weight_N * right_N) / total_Q
        found = closed_pass_at(right_Q, int(np.bincount(question_N).min()))
    else:
        found = pass_at(right_N, question_N)
    return LabelledDiversity(
        diversity(
            question_N,
            result.answer,
            result.vote_entropy,
            candidates["num_tokens"].to_numpy(),
            np.asarray(cut_N, bool),
            candidates["text"].to_pylist(),
            closed_list=closed,
        ),
        found,
        _majority_accuracy(right_N, question_N, result),
        _held_out_loss(context.read(inputs.losses, ["rationale_completion"])),
    )


def _right(
    context: Context, inputs: Labelled, candidates: pa.Table, answers: Sequence[str | None]
) -> NDArray[np.bool_]:
    """Whether each candidate has its question's label, shape (N,)."""
    labelled = context.read(inputs.validation, ["question_id", "completion"])
    labelled = labelled.filter(
        pc.is_in(labelled["question_id"], value_set=candidates["question_id"].combine_chunks())
    )
    reader = reader_of(context.recipe.task.answer)
    gold = pa.table(
        {
            "question_id": labelled["question_id"],
            "gold": pa.array(reader.extract_many(labelled["completion"].to_pylist()), pa.string()),
        }
    )
    votes = pa.table(
        {"question_id": candidates["question_id"], "answer": pa.array(answers, pa.string())}
    )
    return correct(votes, gold, None if reader.exact else reader.same)


def _majority_accuracy(
    right_N: NDArray[np.bool_], question_N: NDArray[np.int64], result: Vote
) -> Estimate:
    right_Q = np.bincount(question_N, weights=right_N & result.agrees) > 0
    return mean_score(right_Q.astype(float))


def _held_out_loss(losses: pa.Table) -> Estimate | None:
    loss_V = losses["rationale_completion"].to_numpy()
    return mean_score(loss_V) if len(loss_V) else None


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """The place of each value among the distinct ones, in order of appearance; null: -1."""
    encoded = column.combine_chunks().dictionary_encode().indices
    return np.asarray(encoded.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)


def _truncated(reason: pa.ChunkedArray) -> NDArray[np.bool_]:
    return np.asarray(pc.equal(reason, "truncated").fill_null(False).to_numpy(), bool)


KIND = Kind(
    name="diversity",
    stream=17,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=("task.answer", "sample.method", "filter.tie", "filter.min_votes"),
    process="loop",
)


def stage(recipe: Recipe, number: int) -> Stage[Inputs, Outputs]:
    """The stage of one round."""
    files = RoundFiles.of(number)
    labelled = Labelled(
        validation=layout.VALIDATION, samples=files.labelled_samples, losses=files.labelled_losses
    )
    inputs = Inputs(
        samples=files.samples,
        votes=files.votes,
        labelled=labelled if recipe.audit else None,
        before=RoundFiles.of(number - 1).diversity if number > 1 else None,
    )
    return Stage(KIND, number, inputs, Outputs(diversity=files.diversity))
