import numpy as np
import pyarrow as pa
import pytest

from iwsi.filter.exact_vote import exact_vote
from iwsi.filter.vote import vote


def voted(questions, answers, probabilities, **options):
    return exact_vote(
        pa.array(questions), pa.array(answers, pa.string()), np.log(probabilities), **options
    )


def test_shares_are_probabilities_over_those_of_all_answers():
    result = voted(["q"] * 3, ["a", "b", "a"], [0.2, 0.2, 0.1])
    np.testing.assert_allclose(result.vote_share, 0.6)
    np.testing.assert_allclose(result.vote_share_all, 0.3)  # the other half is other text
    assert result.agrees.tolist() == [True, False, True]
    assert result.reason.tolist() == [None, "minority_answer", None]
    # -(.6 ln .6 + .4 ln .4) / ln 2
    np.testing.assert_allclose(result.vote_entropy, 0.970951, atol=1e-6)


def test_tiny_probabilities_keep_their_shares():
    result = exact_vote(pa.array(["q", "q"]), pa.array(["a", "b"]), np.array([-2000.0, -2000.5]))
    np.testing.assert_allclose(result.vote_share, 1 / (1 + np.exp(-0.5)))


def test_a_tie_is_no_majority_unless_the_first_wins_it():
    rows = (["q", "q"], ["a", "b"], [0.25, 0.25])
    assert voted(*rows).reason.tolist() == ["tie", "tie"]
    assert np.isnan(voted(*rows).vote_share).all()
    assert voted(*rows, tie="first").agrees.tolist() == [True, False]


def test_a_text_without_an_answer_does_not_vote():
    result = voted(["q", "q"], [None, "b"], [0.9, 0.1])
    assert result.reason.tolist() == ["no_answer", None]
    np.testing.assert_allclose(result.vote_share, 1.0)


def test_questions_are_counted_apart_and_one_without_answers_has_none():
    result = voted(["p", "q", "p"], ["a", None, "b"], [0.1, 0.5, 0.3])
    np.testing.assert_allclose(result.vote_share, [0.75, np.nan, 0.75])
    assert np.isnan(result.vote_entropy[1])


@pytest.mark.parametrize("seed", range(3))
def test_many_samples_come_to_the_same_vote(seed):
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(4))
    labels = np.array(list("abcd"))
    exact = voted(["q"] * 4, labels.tolist(), probabilities)
    drawn = labels[rng.choice(4, size=200_000, p=probabilities)]
    sampled = vote(pa.array(["q"] * len(drawn)), pa.array(drawn))
    assert exact.answers[exact.majority[0]] == sampled.answers[sampled.majority[0]]
    # Five standard errors of a share.
    assert exact.vote_share[0] == pytest.approx(sampled.vote_share[0], abs=0.006)
