"""The vote as a recipe configures it: counted over samples, or by the labels' probabilities."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from iwsi.filter.exact_vote import exact_vote
from iwsi.filter.vote import Vote, vote
from iwsi.recipe import Recipe
from iwsi.tasks.answers import reader_of


def recipe_vote(candidates: pa.Table, recipe: Recipe) -> tuple[list[str | None], Vote]:
    """The answers of candidates, and the vote over them.

    Args:
        candidates: columns `question_id, text, finish_reason, logprob`, a question's together.
        recipe: says what an answer is, and how it is voted.
    """
    reader = reader_of(recipe.task.answer)
    read = reader.extract_many(candidates["text"].to_pylist())
    answers = reader.representatives(candidates["question_id"].to_pylist(), read)
    column = pa.array(answers, pa.string())
    if recipe.sample.method == "exact":
        logprob_N = candidates["logprob"].to_numpy()
        result = exact_vote(candidates["question_id"], column, logprob_N, tie=recipe.filter.tie)
    else:
        result = vote(
            candidates["question_id"],
            column,
            truncated=pc.equal(candidates["finish_reason"], "length").to_numpy(),
            tie=recipe.filter.tie,
            min_votes=recipe.filter.min_votes,
        )
    return answers, result


def vote_weights(candidates: pa.Table, result: Vote, recipe: Recipe) -> npt.NDArray[np.float64]:
    """How much each of N candidates counts in the vote, shape (N,); 0 where it has none."""
    votes_N = (result.answer >= 0) & (result.reason != "truncated")
    if recipe.sample.method != "exact":
        return np.asarray(votes_N, float)
    return np.where(votes_N, np.exp(candidates["logprob"].to_numpy()), 0.0)
