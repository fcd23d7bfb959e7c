"""The loop over tokens against transformers' own, on models with unlike caches."""

import numpy as np
import pytest
import torch
from conftest import MODEL
from random_models import random_model

from iwsi.models import load_model, load_tokenizer
from iwsi.recipe import Model
from iwsi.sample import decoding
from iwsi.sample.decoding import sample_rows

VOCABULARY, END, PAD = 61, 1, 0
KINDS = {
    "llama": {},
    "mistral": {"sliding_window": 6},
    "mamba": {"state_size": 8},
    "jamba": {
        "mamba_d_state": 8,
        "mamba_dt_rank": 8,
        "use_mamba_kernels": False,
        "attn_layer_period": 2,
        "attn_layer_offset": 1,
        "num_experts": 2,
        "pad_token_id": PAD,
    },
    "falcon_h1": {"mamba_d_ssm": 32, "mamba_n_heads": 4, "mamba_d_head": 8, "mamba_d_state": 8},
    "openai-gpt": {"n_embd": 32, "n_layer": 2, "n_head": 4},
}


def _random_model(kind):
    return random_model(kind, vocab_size=VOCABULARY, **KINDS[kind])


def _config(tokens, **options):
    from transformers import GenerationConfig

    return GenerationConfig(max_new_tokens=tokens, eos_token_id=[END], pad_token_id=PAD, **options)


def _prompts(lengths):
    """Padded on the left, as the engine does it."""
    rng = np.random.default_rng(0)
    ids_QT = torch.full((len(lengths), max(lengths)), PAD)
    mask_QT = torch.zeros_like(ids_QT)
    for row, length in enumerate(lengths):
        ids_QT[row, -length:] = torch.from_numpy(rng.integers(2, VOCABULARY, length))
        mask_QT[row, -length:] = 1
    return {"input_ids": ids_QT, "attention_mask": mask_QT}


def _sample(model, inputs, config, samples_per_row, stop=(), tokenizer=None):
    with torch.inference_mode():
        return sample_rows(
            model, inputs, config, samples_per_row=samples_per_row, stop=stop, tokenizer=tokenizer
        )


@pytest.mark.parametrize("kind", KINDS)
def test_greedy_answers_are_those_that_generate_gives_each_prompt(kind, monkeypatch):
    monkeypatch.setattr(decoding, "ROOM", 5)
    model = _random_model(kind)
    inputs, config = _prompts([9, 3, 6, 12]), _config(40, do_sample=False)
    answers = _sample(model, inputs, config, samples_per_row=2)
    for row in range(4):
        alone = {name: value[row : row + 1] for name, value in inputs.items()}
        kept = alone["attention_mask"][0].bool()
        alone = {name: value[:, kept] for name, value in alone.items()}
        [ids] = model.generate(**alone, generation_config=config)[:, int(kept.sum()) :].tolist()
        for answer in answers[2 * row : 2 * row + 2]:
            assert answer.ids == ids
            assert answer.ended == (ids[-1] == END)


def test_rows_of_a_batch_end_apart():
    answers = _sample(_random_model("llama"), _prompts([5, 8]), _config(60, do_sample=True), 40)
    lengths = {len(answer.ids) for answer in answers}
    assert len(lengths) > 10
    for answer in answers:
        assert answer.ended == (END in answer.ids)
        assert END not in answer.ids[:-1]
        assert answer.ended or len(answer.ids) == 60


def test_first_tokens_come_as_often_as_the_model_says():
    model, inputs, count = _random_model("llama"), _prompts([7]), 20_000
    torch.manual_seed(0)
    answers = _sample(model, inputs, _config(1, do_sample=True, top_k=0), count)
    with torch.inference_mode():
        probability_V = model(**inputs).logits[0, -1].softmax(dim=0).double()
    counts_V = torch.bincount(torch.tensor([a.ids[0] for a in answers]), minlength=VOCABULARY)
    deviation_V = (probability_V * (1 - probability_V) / count).sqrt()
    assert ((counts_V / count - probability_V).abs() < 5 * deviation_V + 1e-4).all()
    for answer in answers[:50]:
        assert answer.logprob == pytest.approx(float(probability_V[answer.ids[0]].log()), abs=1e-3)


def test_tokens_outside_the_cut_are_never_drawn():
    model, inputs = _random_model("llama"), _prompts([7])
    answers = _sample(model, inputs, _config(1, do_sample=True, top_k=0, top_p=0.5), 2_000)
    with torch.inference_mode():
        probability_V = model(**inputs).logits[0, -1].softmax(dim=0)
    order = probability_V.argsort(descending=True)
    size = int((probability_V[order].cumsum(dim=0) < 0.5).sum()) + 1
    assert {answer.ids[0] for answer in answers} <= set(order[:size].tolist())


def test_a_stop_string_is_looked_for_in_the_answer_alone():
    base = Model(name=str(MODEL))
    tokenizer = load_tokenizer(base)
    tokenizer.padding_side = "left"
    inputs = tokenizer(["Question: Tom has 3 pens.\nAnswer:"], return_tensors="pt")
    config = _config(30, do_sample=False)
    model = load_model(base)
    [free] = _sample(model, inputs, config, 1)
    across = ":" + tokenizer.decode(free.ids)[:4]
    [answer] = _sample(model, inputs, config, 1, (across,), tokenizer)
    assert answer == free
