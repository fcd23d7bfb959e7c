import numpy as np
import pytest
import torch
from conftest import MODEL
from random_models import random_model

from iwsi.models import load_model
from iwsi.recipe import Model
from iwsi.scoring import shared_prefix
from iwsi.scoring.batches import states
from iwsi.scoring.hidden import mean_hidden
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


@pytest.mark.parametrize("few_shot", [0, 20])
@pytest.mark.parametrize("batch_tokens", [1, 150, 100_000])
def test_losses_are_those_of_samples_read_on_their_own(model, few_shot, batch_tokens):
    samples = _samples(few_shot)
    assert can_share(model.get_decoder(), "cpu", start=few_shot > 0)
    plain = token_losses(model, samples, batch_tokens=4096, share=False)
    shared = token_losses(model, samples, batch_tokens=batch_tokens)
    for over in ("sequence", "completion"):
        np.testing.assert_allclose(shared.mean(over), plain.mean(over), atol=1e-4, rtol=0)
    np.testing.assert_array_equal(shared.prompt_tokens, plain.prompt_tokens)
    np.testing.assert_array_equal(shared.completion_tokens, plain.completion_tokens)


def test_a_start_that_all_prompts_share_counts_where_it_is_no_few_shot_text(model):
    samples = [sample._replace(context=0) for sample in _samples(few_shot=20)]
    plain = token_losses(model, samples, batch_tokens=4096, share=False)
    shared = token_losses(model, samples, batch_tokens=4096)
    assert shared.prompt_tokens.min() >= 20
    np.testing.assert_allclose(shared.mean("sequence"), plain.mean("sequence"), atol=1e-4, rtol=0)


def test_losses_do_not_depend_on_what_else_is_scored_and_repeat_exactly(model):
    samples = _samples()
    whole = token_losses(model, samples, batch_tokens=300).mean("sequence")
    part = token_losses(model, samples[::3], batch_tokens=300).mean("sequence")
    np.testing.assert_allclose(whole[::3], part, atol=1e-4, rtol=0)
    again = token_losses(model, samples, batch_tokens=300).mean("sequence")
    np.testing.assert_array_equal(whole, again)


def test_hidden_states_are_those_of_samples_read_on_their_own(model):
    samples = _samples()
    shared = mean_hidden(model, samples, batch_tokens=300)
    alone = [mean_hidden(model, [sample], batch_tokens=300)[0] for sample in samples]
    np.testing.assert_allclose(shared, alone, atol=1e-3)


def _seen(model, samples, **options):
    """Tokens of each pass, without padding, and its room: rows times their whole length."""
    seen = []

    def hook(module, args, inputs):
        ids_BT, mask_BS = inputs["input_ids"], inputs.get("attention_mask")
        mask_BS = ids_BT != 0 if mask_BS is None else mask_BS
        tokens = int(mask_BS[:, -ids_BT.shape[1] :].sum())
        seen.append((len(ids_BT), tokens, mask_BS.numel()))

    handle = model.get_decoder().register_forward_pre_hook(hook, with_kwargs=True)
    try:
        token_losses(model, samples, **options)
    finally:
        handle.remove()
    return seen


def test_a_prompt_costs_its_tokens_once_for_all_its_answers():
    samples = _samples(few_shot=200)
    tokens = sum(
        tokens for _, tokens, _ in _seen(_random_model("llama"), samples, batch_tokens=4096)
    )
    prompts = {sample.ids[: sample.prompt].tobytes(): sample.prompt - 200 for sample in samples}
    answers = sum(len(sample.ids) - sample.prompt for sample in samples)
    # Each answer reads its prompt's last token too, whose state its first token needs.
    most = 200 + sum(prompts.values()) + answers + len(samples)
    trial = 100  # room for the few tokens on which sharing is tried
    assert tokens <= most + trial < sum(len(sample.ids) for sample in samples) / 4


def test_progress_counts_every_sample_once():
    samples, done = _samples(), []
    token_losses(_random_model("llama"), samples, batch_tokens=300, progress=done.append)
    assert done == sorted(done)
    assert done[-1] == len(samples)


def test_a_model_that_forgets_early_tokens_is_not_shared():
    model = _random_model("mistral", sliding_window=8)
    samples = _samples()
    assert not any(can_share(model.get_decoder(), "cpu", start=start) for start in (True, False))
    plain = token_losses(model, samples, batch_tokens=300, share=False)
    other = token_losses(model, samples, batch_tokens=300)
    np.testing.assert_array_equal(other.mean("sequence"), plain.mean("sequence"))


def test_weights_that_magnify_rounding_are_shared_all_the_same(monkeypatch):
    """An adapter from a bad training was read 15 times slower, since its states differ by 2e-4."""
    decoder, noise = _random_model("llama").get_decoder(), iter(range(10**6))
    usual = shared_prefix._last_states

    def rough(passes):
        return {i: one * (1 + 1e-4 * (next(noise) % 3)) for i, one in usual(passes).items()}

    monkeypatch.setattr(shared_prefix, "_last_states", rough)
    with torch.inference_mode():
        assert can_share(decoder, "cpu", start=True)


def test_states_that_differ_by_more_than_padding_does_are_not_shared(monkeypatch):
    decoder, usual = _random_model("llama").get_decoder(), shared_prefix._shared

    def off(*arguments):
        for spans, output in usual(*arguments):
            states(output).mul_(1.001)
            yield spans, output

    monkeypatch.setattr(shared_prefix, "_shared", off)
    with torch.inference_mode():
        assert not can_share(decoder, "cpu", start=True)


def test_logits_that_are_scaled_after_the_last_layer_are_shared_too():
    model = _random_model("cohere", logit_scale=0.5)
    samples = _samples()
    plain = token_losses(model, samples, batch_tokens=300, share=False)
    shared = token_losses(model, samples, batch_tokens=300)
    assert can_share(model, "cpu", start=True)
    np.testing.assert_allclose(shared.mean("sequence"), plain.mean("sequence"), atol=1e-4, rtol=0)
