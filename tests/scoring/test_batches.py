import numpy as np
import pytest
from conftest import MODEL
from random_models import random_model

from iwsi.models import load_model
from iwsi.recipe import Model
from iwsi.scoring.losses import token_losses
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


def test_no_pass_takes_more_room_than_the_limit_with_what_it_follows():
    model = _random_model("llama")
    seen = _seen(model, _samples(few_shot=30), batch_tokens=150)
    assert len([rows for rows, _, _ in seen if rows > 1]) > 3
    assert max(room for rows, _, room in seen if rows > 1) <= 150
