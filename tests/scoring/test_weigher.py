"""Losses of sampled tokens, as they are read by the model and as they were sampled."""

import functools
import importlib.util

import numpy as np
import pytest
import torch
from conftest import MODEL

from iwsi.models import load_model, load_tokenizer
from iwsi.recipe import Model, Sample
from iwsi.sample.engine import Decoding, Prompt
from iwsi.sample.start import make_engine
from iwsi.scoring.weigher import Weigher
from iwsi.tasks.encoding import prompt_tokens
from iwsi.tasks.sample_text import Samples

BASE = Model(name=str(MODEL))
FEW_SHOT = "Question: Ann has 1 pen. Ann finds 2 more. How many?\nAnswer: The answer is 3.\n\n"
PROMPTS = [f"Question: Tom has {i} pens. Tom finds 4 more. How many?\nAnswer:" for i in range(4)]
LABELLED = Samples(PROMPTS[:2], ["0 + 4 = 4. The answer is 4.", "The answer is 5."])
HAS_VLLM = importlib.util.find_spec("vllm") is not None
with_vllm = [
    pytest.mark.slow,
    pytest.mark.skipif(not HAS_VLLM, reason="vLLM is not installed"),
]


@functools.cache
def _sampled(engine):
    """Ended candidates of all prompts, sampled at a temperature at which words are split oddly."""
    started = make_engine(Sample(engine=engine, max_memory_gib=0.25), BASE, None, max_length=160)
    prompts = [Prompt(prompt, FEW_SHOT + prompt, 10 * i) for i, prompt in enumerate(PROMPTS)]
    decoding = Decoding(n=8, temperature=1.5, top_p=1.0, max_tokens=40)
    rows = [(p, c) for p, found in started.generate(prompts, decoding) for c in found]
    ended = [(p, c) for p, c in rows if c.token_ids is not None]
    assert len(ended) > 8
    return Samples(
        [prompt for prompt, _ in ended],
        [candidate.text for _, candidate in ended],
        [np.array(candidate.token_ids, np.int32) for _, candidate in ended],
        np.array([candidate.logprob for _, candidate in ended]),
    )


def _losses(samples, loss_over, *, use_sampled):
    weigher = Weigher(
        BASE,
        few_shot=FEW_SHOT,
        separator=" ",
        loss_over=loss_over,
        batch_tokens=4096,
        use_sampled=use_sampled,
    )
    read, scorer = [], weigher._scorer
    usual = scorer.mean_losses
    scorer.mean_losses = lambda rows, progress: read.extend(rows) or usual(rows, progress)
    losses = weigher.losses([samples, LABELLED], lambda done, total: None)
    return losses, read


@pytest.mark.parametrize("engine", ["transformers", pytest.param("vllm", marks=with_vllm)])
@pytest.mark.parametrize("loss_over", ["completion", "sequence"])
def test_losses_known_from_sampling_are_those_that_the_model_gives(engine, loss_over):
    samples = _sampled(engine)
    [by_model, labelled], _ = _losses(samples, loss_over, use_sampled=False)
    [sampled, labelled_too], read = _losses(samples, loss_over, use_sampled=True)
    np.testing.assert_allclose(sampled, by_model, atol=1e-4)
    np.testing.assert_allclose(labelled_too, labelled, atol=1e-5)
    # Of the candidates nothing is read, or each prompt once.
    prompts = len(set(samples.prompts)) if loss_over == "sequence" else 0
    assert len(read) == len(LABELLED) + prompts


def test_candidates_without_tokens_are_read_beside_those_with_them():
    samples = _sampled("transformers")
    token_ids = [None if i % 2 else ids for i, ids in enumerate(samples.token_ids)]
    mixed = Samples(samples.prompts, samples.texts, token_ids, samples.logprob_N)
    [sampled, _], _ = _losses(mixed, "sequence", use_sampled=True)
    [by_model, _], _ = _losses(mixed, "sequence", use_sampled=False)
    np.testing.assert_allclose(sampled, by_model, atol=1e-4)


def test_a_log_probability_that_is_not_known_is_no_loss():
    samples = _sampled("transformers")
    unknown = Samples(
        samples.prompts, samples.texts, samples.token_ids, np.full(len(samples), np.nan)
    )
    [losses, _], _ = _losses(unknown, "completion", use_sampled=True)
    [by_model, _], _ = _losses(samples, "completion", use_sampled=False)
    np.testing.assert_allclose(losses, by_model, atol=1e-5)


def test_tokens_that_retokenise_to_others_are_weighed_as_they_were_sampled():
    tokenizer = load_tokenizer(BASE)
    text = " The answer is 12."
    pieces = [tokenizer(letter, add_special_tokens=False)["input_ids"] for letter in text]
    ids = np.array([*(one for piece in pieces for one in piece), tokenizer.eos_token_id], np.int32)
    assert len(ids) > 1 + len(tokenizer(text, add_special_tokens=False)["input_ids"])
    [[found], _], _ = _losses(Samples(PROMPTS[:1], [text], [ids]), "completion", use_sampled=True)

    [before] = prompt_tokens(tokenizer, [FEW_SHOT + PROMPTS[0]])
    whole = torch.tensor([[*before, *ids]])
    with torch.inference_mode():
        logits = load_model(BASE)(whole).logits[0, len(before) - 1 : -1]
    expected = torch.nn.functional.cross_entropy(logits, torch.from_numpy(ids).long())
    assert found == pytest.approx(float(expected), abs=1e-4)
