import numpy as np
import pytest
import torch
from conftest import MODEL
from random_models import random_model

from iwsi.models import load_model
from iwsi.recipe import Model
from iwsi.scoring import few_shot_attention as shared_start
from iwsi.scoring.losses import token_losses
from iwsi.scoring.shared_prefix import can_share
from iwsi.tasks.encoding import Encoded

VOCABULARY = 97


def _tokens(rng, count):
    return rng.integers(3, VOCABULARY, count, dtype=np.int32)


def _samples(few_shot=20, questions=4, per_question=5):
    """Questions of unlike length, their answers too, and some that stand alone."""
    rng = np.random.default_rng(0)
    context = _tokens(rng, few_shot)
    samples = []
    for count in [per_question] * questions + [1, 1]:
        prompt = np.concatenate([context, _tokens(rng, rng.integers(2, 12))])
        for length in rng.integers(1, 15, count):
            ids = np.concatenate([prompt, _tokens(rng, length)])
            samples.append(Encoded(ids, few_shot, len(prompt)))
    return [samples[i] for i in rng.permutation(len(samples))]


def _random_model(kind, **options):
    return random_model(kind, vocab_size=VOCABULARY, **options)


@pytest.fixture(scope="module", params=["tiny", "adapter", "llama"])
def model(request, tmp_path_factory):
    if request.param == "llama":
        return _random_model("llama")
    base = Model(name=str(MODEL))
    if request.param == "tiny":
        return load_model(base)
    from peft import LoraConfig, get_peft_model

    folder = tmp_path_factory.mktemp("adapter")
    lora = LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    get_peft_model(load_model(base), lora).save_pretrained(folder)
    return load_model(base, folder)


def test_a_start_that_does_not_reach_the_attention_is_not_shared():
    class Deaf(torch.nn.Module):
        def __init__(self, decoder):
            super().__init__()
            self.decoder, self.config = decoder, decoder.config

        def forward(
            self,
            input_ids,
            attention_mask=None,
            position_ids=None,
            past_key_values=None,
            use_cache=None,
            shared_start=None,
        ):
            return self.decoder(input_ids, attention_mask, position_ids, past_key_values)

    decoder = _random_model("llama").get_decoder()
    with torch.inference_mode():
        deaf = Deaf(decoder)
        assert can_share(deaf, "cpu", start=False)
        assert not can_share(deaf, "cpu", start=True)


def test_a_model_whose_cache_is_not_what_its_attention_gets_is_read_all_the_same():
    model = _random_model("jetmoe", kv_channels=8, num_local_experts=2, num_experts_per_tok=2)
    samples = _samples()
    with torch.inference_mode():
        assert not can_share(model.get_decoder(), "cpu", start=True)
    plain = token_losses(model, samples, batch_tokens=300, share=False)
    other = token_losses(model, samples, batch_tokens=300)
    np.testing.assert_allclose(other.mean("sequence"), plain.mean("sequence"), atol=1e-4, rtol=0)


def test_rows_are_attended_in_parts_where_products_take_much_room(monkeypatch):
    model, samples = _random_model("llama"), _samples()
    whole = token_losses(model, samples, batch_tokens=300).mean("sequence")
    monkeypatch.setattr(shared_start, "SCORE_BYTES", 5_000)
    parts = token_losses(model, samples, batch_tokens=300).mean("sequence")
    np.testing.assert_allclose(parts, whole, atol=1e-5, rtol=0)


@pytest.mark.parametrize("length", [1, shared_start.CPU_QUERIES, 150])
def test_blocks_of_queries_attend_as_all_at_once(length):
    rng = torch.Generator().manual_seed(0)
    before, rows, heads, groups = 7, 3, 4, 2
    query = torch.randn(rows, heads, length, 8, generator=rng)
    key, value = torch.randn(2, rows, groups, before + length, 8, generator=rng)
    seen = torch.ones(rows, 1, length, before + length, dtype=torch.bool).tril(before)
    seen[1, :, :, :3] = False  # a shorter prefix is padded
    mask = torch.zeros(seen.shape).masked_fill(~seen, torch.finfo(torch.float32).min)
    layer = torch.nn.Module()
    layer.num_key_value_groups = heads // groups
    found, _ = shared_start.attention(layer, query, key, value, mask, scaling=0.3)
    scores = query * 0.3 @ key.repeat_interleave(2, dim=1).transpose(2, 3) + mask
    right = scores.softmax(-1) @ value.repeat_interleave(2, dim=1)
    torch.testing.assert_close(found, right.transpose(1, 2), rtol=1e-5, atol=1e-5)
