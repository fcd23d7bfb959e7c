"""Model families that people fine-tune, as small random models: sampled, scored, trained, reloaded.

The reference is a plain forward pass of transformers and PEFT, without any of our code.
"""

import json
import shutil

import pytest
import torch
from conftest import MODEL
from random_models import random_model
from training import SAMPLES, recipe
from training import train as train_adapter

from iwsi.models import load_model, load_tokenizer
from iwsi.recipe import Model
from iwsi.sample.engine import Decoding, Prompt
from iwsi.sample.transformers import TransformersEngine
from iwsi.skeleton import inspect_model

FAMILIES = (
    "qwen3",
    "gemma2",
    "phi3",
    "llama",
    "qwen2",
    "gemma3_text",
    "mistral",
    "mixtral",
    "qwen2_moe",
    "granite",
    "olmo2",
    "smollm3",
    "falcon",
    "gpt_neox",
    "gpt2",
    "opt",
    "cohere",
)
OPTIONS = {"phi3": {"pad_token_id": 0}, "gemma2": {"head_dim": 8}, "gemma3_text": {"head_dim": 8}}
OPTIONS["smollm3"] = {"pad_token_id": 0}
PROMPTS = [Prompt(f"q{i}", f"Question: Tom has {i} pens.\nAnswer:", i) for i in range(3)]


@pytest.fixture
def folder(request, tmp_path):
    """A random model of a family with the repository's tokenizer."""
    return _save(request.param, tmp_path)


@pytest.fixture
def wide_folder(request, tmp_path):
    """As `folder`, with heads of 32 dimensions: vLLM attends to no narrower ones on a CPU."""
    wide = {"head_dim": 32} if "head_dim" in OPTIONS.get(request.param, {}) else {}
    return _save(request.param, tmp_path, hidden_size=128, num_key_value_heads=4, **wide)


def _save(kind, tmp_path, **wide):
    tokens = json.loads((MODEL / "config.json").read_text())["vocab_size"] + 8
    options = OPTIONS.get(kind, {}) | {"vocab_size": tokens, "max_position_embeddings": 256} | wide
    random_model(kind, **options).save_pretrained(str(tmp_path / kind))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(MODEL / name, tmp_path / kind / name)
    return tmp_path / kind


@pytest.mark.parametrize("folder", FAMILIES, indirect=True)
def test_a_family_is_sampled_trained_and_reloaded(folder):
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = Model(name=str(folder))
    assert inspect_model(recipe(f"model.name={folder}")).trainable > 0
    plain = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    _sampled_as_by(plain, model)

    adapter, more = folder.parent / "one" / "adapter", folder.parent / "two" / "adapter"
    options = (f"model.name={folder}", "train.learning_rate=1e-2", "train.epochs=1")
    train_adapter(adapter, *options)
    tokens = torch.arange(5, 17)[None]
    tuned = PeftModel.from_pretrained(plain, str(adapter)).eval()
    with torch.inference_mode():
        expected, found = tuned(tokens).logits, load_model(model, adapter)(tokens).logits
        base = load_model(model)(tokens).logits
    assert torch.allclose(found, expected, atol=1e-3)
    assert not torch.allclose(found, base, atol=1e-3)  # training has moved it

    train_adapter(more, *options, "train.start_from=previous", previous=adapter, samples=SAMPLES)
    with torch.inference_mode():
        assert not torch.allclose(load_model(model, more)(tokens).logits, found, atol=1e-4)


def _sampled_as_by(plain, model):
    """Sampled log-probabilities are those of a plain forward pass."""
    tokenizer = load_tokenizer(model)
    # Of a random model's longer texts few are written with the tokens that were sampled.
    sampling = Decoding(n=40, temperature=1.0, top_p=1.0, max_tokens=2)
    compared = 0
    for question_id, candidates in TransformersEngine(model, None, window=8).generate(
        PROMPTS, sampling
    ):
        prompt = tokenizer(PROMPTS[int(question_id[1:])].text)["input_ids"]
        for candidate in candidates:
            ids = tokenizer(candidate.text, add_special_tokens=False)["input_ids"]
            if candidate.finish_reason == "stop":
                ids = [*ids, tokenizer.eos_token_id]
            if len(ids) != candidate.num_tokens:
                continue  # the text is written with other tokens than were sampled
            whole = torch.tensor([prompt + ids])
            with torch.inference_mode():
                log_probabilities = plain(whole).logits[0, len(prompt) - 1 : -1].log_softmax(-1)
            total = log_probabilities.gather(1, torch.tensor(ids)[:, None]).sum()
            if candidate.logprob == pytest.approx(float(total), abs=1e-2):
                compared += 1
    assert compared >= 10


@pytest.mark.slow
@pytest.mark.parametrize("wide_folder", FAMILIES, indirect=True)
def test_vllm_answers_with_a_merged_adapter_as_the_other_engine_does(wide_folder, monkeypatch):
    pytest.importorskip("vllm")
    monkeypatch.setenv("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    from iwsi.recipe import Sample
    from iwsi.sample.vllm import VllmEngine

    model, adapter = Model(name=str(wide_folder)), wide_folder.parent / "one" / "adapter"
    options = (f"model.name={wide_folder}", "train.learning_rate=1e-2", "train.epochs=1")
    train_adapter(adapter, *options)
    greedy = Decoding(n=1, temperature=0.0, top_p=1.0, max_tokens=8)
    expected = dict(TransformersEngine(model, adapter, window=8).generate(PROMPTS, greedy))
    engine = VllmEngine(Sample(max_memory_gib=0.25), model, adapter, max_length=64)
    for question_id, [candidate] in engine.generate(PROMPTS, greedy):
        [other] = expected[question_id]
        assert candidate.text == other.text
        assert candidate.logprob == pytest.approx(other.logprob, abs=1e-2)
