import numpy as np
import pyarrow as pa
import pytest
from conftest import ROOT

from iwsi.audit.votes import audited_votes
from iwsi.filter.ballot import recipe_vote, vote_weights
from iwsi.recipe.load import load_recipe

# Questions p, q and r; r has no answer at all.
ROWS = {
    "question_id": ["p", "p", "p", "q", "q", "q", "r"],
    "text": [*(f"The answer is {n}." for n in (1, 2, 2, 3, 3, "3.0")), "I cannot tell."],
    "logprob": [-1.0, -4.0, -2.0, -3.0, -6.0, -9.0, -1.0],
    "num_tokens": [10, 10, 10, 10, 10, 10, 10],
}
GOLD = {"p": "1", "q": "3", "r": "5"}


def audited(*overrides, losses=None, **changes):
    recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", overrides)
    rows = ROWS | changes
    candidates = pa.table(rows | {"finish_reason": ["stop"] * 7})
    _, result = recipe_vote(candidates, recipe)
    weight = vote_weights(candidates, result, recipe)
    return audited_votes(candidates, result, weight, GOLD, losses)


def test_a_vote_is_right_where_it_gives_the_label():
    votes = audited()
    assert votes.answer == ("2", "3", None)
    assert votes.right_Q.tolist() == [False, True, False]
    np.testing.assert_allclose(votes.vote_share_Q, [2 / 3, 1, np.nan])
    np.testing.assert_allclose(votes.margin_Q, [1 / 3, 1, np.nan])


def test_losses_are_of_candidates_that_agree():
    votes = audited()
    np.testing.assert_allclose(votes.nll_completion_Q, [0.4, 0.3, np.nan])  # the first of them
    np.testing.assert_allclose(votes.nll_best_Q, [0.2, 0.3, np.nan])
    np.testing.assert_allclose(votes.nll_mean_Q, [0.3, 0.6, np.nan])


def test_exact_shares_are_probabilities():
    exact = ["sample.method=exact", "sample.labels=['1', '2', '3']"]
    votes = audited(*exact, logprob=np.log([0.5, 0.1, 0.2, 0.3, 0.2, 0.1, 0.9]))
    assert votes.answer == ("1", "3", None)
    np.testing.assert_allclose(votes.vote_share_Q, [0.5 / 0.8, 1, np.nan])
    np.testing.assert_allclose(votes.margin_Q, [0.2 / 0.8, 1, np.nan])


def test_losses_of_labelled_rows_are_found_by_their_question():
    losses = pa.table(
        {
            "question_id": ["r", "q", "p"],
            "rationale_completion": [3.0, 2.0, 1.0],
            "rationale_sequence": [6.0, 5.0, 4.0],
            "vote_sequence": [None, 8.0, 7.0],
            "rationale_tokens": [3, 2, 1],
        }
    )
    votes = audited(losses=losses)
    assert votes.rationale_completion_Q.tolist() == [1.0, 2.0, 3.0]
    np.testing.assert_allclose(votes.nll_sequence_Q, [7.0, 8.0, np.nan])
    assert votes.rationale_tokens_Q.tolist() == [1, 2, 3]


@pytest.mark.parametrize("reason", ["length"])
def test_a_cut_off_candidate_has_no_vote(reason):
    recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [])
    candidates = pa.table(ROWS | {"finish_reason": [reason, *["stop"] * 6]})
    _, result = recipe_vote(candidates, recipe)
    weight = vote_weights(candidates, result, recipe)
    assert weight.tolist() == [0, 1, 1, 1, 1, 1, 0]
