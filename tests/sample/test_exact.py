import numpy as np
import pytest
from conftest import MODEL

from iwsi.errors import InternalError
from iwsi.models import load_model, load_tokenizer
from iwsi.recipe import Model
from iwsi.sample.engine import Decoding, Prompt
from iwsi.sample.exact import ExactEngine, LabelScores, label_scores

# More than half of the demo's model's answers to these are a bare small number.
PROMPTS = [
    "Question: Nils has 8 apples. Nils finds 8 more. How many apples does Nils have now?\nAnswer:",
    "Question: Dora has 6 pens. Dora gives away 2. How many pens does Dora have now?\nAnswer:",
]
COMPLETIONS = [f" The answer is {number}." for number in range(20)]
SAMPLES = 2000


@pytest.fixture(scope="module")
def scores():
    model = Model(name=str(MODEL))
    return label_scores(
        load_model(model),
        load_tokenizer(model),
        prompts=PROMPTS,
        completions=COMPLETIONS,
        batch_tokens=2048,
    )


def test_shares_agree_with_two_thousand_samples(scores):
    from iwsi.sample.transformers import TransformersEngine

    engine = TransformersEngine(Model(name=str(MODEL)), None, window=8)
    prompts = [Prompt(str(row), text, 7 * row) for row, text in enumerate(PROMPTS)]
    sampled = dict(engine.generate(prompts, Decoding(SAMPLES, 1.0, 1.0, 48)))
    for row in range(len(PROMPTS)):
        texts = [candidate.text for candidate in sampled[str(row)]]
        share_L = np.array([texts.count(text) for text in COMPLETIONS]) / SAMPLES
        exact_L = np.exp(scores.logprob_QL[row])
        # Four standard errors of a share, 40 of them compared; and at least one in 2,000.
        error_L = np.maximum(4 * np.sqrt(exact_L * (1 - exact_L) / SAMPLES), 4 / SAMPLES)
        assert (np.abs(share_L - exact_L) <= error_L).all()
        assert scores.covered_Q[row] > 0.5  # else the comparison says nothing


def test_shares_sum_to_one_whatever_the_other_text_takes():
    scores = LabelScores(np.log([[0.3, 0.1], [1e-9, 3e-9]]), np.ones((2, 2), int))
    np.testing.assert_allclose(scores.share_QL, [[0.75, 0.25], [0.25, 0.75]])
    np.testing.assert_allclose(scores.covered_Q, [0.4, 4e-9])


@pytest.fixture(scope="module")
def engine():
    return ExactEngine(Model(name=str(MODEL)), None, window=1)


def answered(engine, temperature):
    prompts = [Prompt(str(row), text, row) for row, text in enumerate(PROMPTS)]
    completions = tuple(COMPLETIONS)
    return dict(engine.generate(prompts, Decoding(1, temperature, 1.0, 8, (), completions)))


def test_a_question_has_a_candidate_for_each_label_likeliest_first(engine, scores):
    for row, candidates in answered(engine, 1.0).items():
        logprobs = [candidate.logprob for candidate in candidates]
        assert logprobs == sorted(logprobs, reverse=True)
        assert sorted(c.text for c in candidates) == sorted(COMPLETIONS)
        np.testing.assert_allclose(logprobs[0], scores.logprob_QL[int(row)].max(), rtol=1e-4)


def test_greedy_is_the_likeliest_label_alone(engine):
    greedy, sampled = answered(engine, 0.0), answered(engine, 1.0)
    assert {row: [c.text for c in found] for row, found in greedy.items()} == {
        row: [found[0].text] for row, found in sampled.items()
    }


def test_text_is_never_made_up(engine):
    with pytest.raises(InternalError, match="generate text"):
        list(engine.generate([Prompt("0", "a", 0)], Decoding(1, 1.0, 1.0, 8)))
