import numpy as np
import pytest
from conftest import MODEL
from random_models import random_model

from iwsi.models import load_model, load_tokenizer
from iwsi.recipe import Model
from iwsi.scoring import losses as module
from iwsi.scoring.losses import token_losses
from iwsi.tasks.encoding import encode

PROMPTS = [
    "Question: Tom has 3 pens. Tom finds 4 more. How many pens does Tom have now?\nAnswer:",
    "Question: How many?\nAnswer:",
    "Question: Ann has 12 cards and gives away 5. How many cards does Ann have now?\nAnswer:",
]
COMPLETIONS = [" 3 + 4 = 7. The answer is 7.", " The answer is 1.", " 12 - 5 = 7. The answer is 7."]


@pytest.fixture(scope="module")
def model():
    return load_model(Model(name=str(MODEL)))


@pytest.fixture(scope="module")
def tokenizer():
    return load_tokenizer(Model(name=str(MODEL)))


def _by_transformers(model, ids, first):
    """The loss that transformers itself reports, over tokens from `first` on."""
    import torch

    labels = [-100] * first + ids[first:].tolist()
    with torch.inference_mode():
        return float(model(torch.tensor([ids.tolist()]), labels=torch.tensor([labels])).loss)


def test_mean_losses_are_those_that_transformers_reports(model, tokenizer):
    samples = list(encode(tokenizer, "", PROMPTS, COMPLETIONS))
    scored = token_losses(model, samples, batch_tokens=4096)
    for i, sample in enumerate(samples):
        whole = _by_transformers(model, sample.ids, 0)
        answer = _by_transformers(model, sample.ids, sample.prompt)
        assert scored.mean("sequence")[i] == pytest.approx(whole, abs=1e-5)
        assert scored.mean("completion")[i] == pytest.approx(answer, abs=1e-5)


def test_few_shot_text_is_read_but_not_counted(model, tokenizer):
    few_shot = "Question: What is 1 + 1?\nAnswer: The answer is 2.\n\n"
    [sample] = encode(tokenizer, few_shot, PROMPTS[:1], COMPLETIONS[:1])
    scored = token_losses(model, [sample], batch_tokens=4096)
    expected = _by_transformers(model, sample.ids, sample.context)
    assert sample.context > 0
    assert scored.mean("sequence")[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(("batch_tokens", "chunk_bytes"), [(1, 2**26), (64, 1), (100_000, 5000)])
def test_batches_and_chunks_change_nothing(
    model, tokenizer, monkeypatch, batch_tokens, chunk_bytes
):
    samples = list(encode(tokenizer, "", PROMPTS * 3, COMPLETIONS * 3))
    plain = token_losses(model, samples, batch_tokens=4096)
    monkeypatch.setattr(module, "CPU_CHUNK_BYTES", chunk_bytes)
    other = token_losses(model, samples, batch_tokens=batch_tokens)
    np.testing.assert_allclose(other.mean("sequence"), plain.mean("sequence"), atol=1e-4)
    np.testing.assert_array_equal(other.completion_tokens, plain.completion_tokens)


def test_logits_never_exist_for_more_positions_than_a_chunk_holds(model, tokenizer, monkeypatch):
    vocabulary = model.get_output_embeddings().weight.shape[0]
    monkeypatch.setattr(module, "CPU_CHUNK_BYTES", 7 * 4 * vocabulary)
    samples = list(encode(tokenizer, "", PROMPTS * 3, COMPLETIONS * 3))
    seen = []
    hook = model.get_output_embeddings().register_forward_hook(
        lambda layer, inputs, logits: seen.append(logits.numel() // vocabulary)
    )
    try:
        token_losses(model, samples, batch_tokens=4096)
    finally:
        hook.remove()
    probes = 8  # the four positions on which ours is compared with the model's own, twice
    assert max(seen[2:]) <= 7
    assert sum(seen[:2]) == probes


def test_a_model_that_caps_its_logits_is_scored_with_its_own(tokenizer):
    capped = random_model(
        "gemma2",
        vocab_size=len(tokenizer),
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        final_logit_softcapping=0.5,
        initializer_range=1.0,
    )
    samples = list(encode(tokenizer, "", PROMPTS, COMPLETIONS))
    scored = token_losses(capped, samples, batch_tokens=4096)
    for mean, sample in zip(scored.mean("sequence"), samples, strict=True):
        assert mean == pytest.approx(_by_transformers(capped, sample.ids, 0), abs=1e-4)
