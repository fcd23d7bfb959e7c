"""Model families that people fine-tune, as small random models: sampled, scored, trained, reloaded.

The reference is a plain forward pass of transformers and PEFT, without any of our code. Families
that read images, too, are used for text alone.
"""

import json
import re
import shutil

import numpy as np
import pytest
import torch
from conftest import MODEL
from random_models import (
    FAMILIES_WITH_IMAGES,
    MORE_FAMILIES,
    VLLM_FAMILIES,
    random_image_model,
    random_model,
)
from safetensors.torch import load_file
from training import SAMPLES, recipe
from training import train as train_adapter

from iwsi.models import load_model, load_tokenizer
from iwsi.recipe import Model
from iwsi.sample.engine import Decoding, Prompt
from iwsi.sample.transformers import TransformersEngine
from iwsi.scoring.losses import token_losses
from iwsi.skeleton import inspect_model
from iwsi.tasks.encoding import encode

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
WIDE = {"hidden_size": 128, "num_key_value_heads": 4}
# The losses of a random model lie about that of guessing, where a training of several steps would
# look as if it diverged.
ONE_STEP = ("train.epochs=1", "train.batch_size=24")
PROMPTS = [Prompt(f"q{i}", f"Question: Tom has {i} pens.\nAnswer:", i) for i in range(3)]


@pytest.fixture
def folder(request, tmp_path):
    """A random model of a family with the repository's tokenizer."""
    if not request.node.callspec.id.endswith("-more"):
        return _save(request.param, tmp_path)
    ends = {"eos_token_id": 2, "bos_token_id": None, "pad_token_id": 0}
    return _save(request.param, tmp_path, **ends | MORE_FAMILIES[request.param])


@pytest.fixture
def wide_folder(request, tmp_path):
    """As `folder`, with heads of 32 dimensions: vLLM attends to no narrower ones on a CPU."""
    if request.node.callspec.id.endswith("-more"):
        ends = {"eos_token_id": 2, "bos_token_id": None, "pad_token_id": 0}
        options = WIDE | ends | {"initializer_range": 0.1} | VLLM_FAMILIES[request.param]
        return _save(request.param, tmp_path, **options)
    wide = {"head_dim": 32} if "head_dim" in OPTIONS.get(request.param, {}) else {}
    return _save(request.param, tmp_path, **WIDE, **wide)


def _save(kind, tmp_path, **wide):
    tokens = json.loads((MODEL / "config.json").read_text())["vocab_size"] + 8
    options = OPTIONS.get(kind, {}) | {"vocab_size": tokens, "max_position_embeddings": 256} | wide
    make = random_image_model if kind in FAMILIES_WITH_IMAGES else random_model
    make(kind, **options).save_pretrained(str(tmp_path / kind))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(MODEL / name, tmp_path / kind / name)
    return tmp_path / kind


MORE_ON_VLLM = [pytest.param(kind, id=f"{kind}-more") for kind in VLLM_FAMILIES]
MORE = [pytest.param(kind, marks=pytest.mark.slow, id=f"{kind}-more") for kind in MORE_FAMILIES]


@pytest.mark.parametrize("folder", [*FAMILIES, *FAMILIES_WITH_IMAGES, *MORE], indirect=True)
def test_a_family_is_sampled_trained_and_reloaded(folder):
    from peft import PeftModel

    model = Model(name=str(folder), dtype="float32")
    trainable = inspect_model(recipe(f"model.name={folder}")).trainable
    plain = _plain(folder)
    _sampled_and_scored_as_by(plain, model)

    adapter, more = folder.parent / "one" / "adapter", folder.parent / "two" / "adapter"
    options = (f"model.name={folder}", "model.dtype=float32")
    options += ("train.learning_rate=1e-2", *ONE_STEP)
    train_adapter(adapter, *options)
    tuned = PeftModel.from_pretrained(plain, str(adapter)).eval()
    expected, found = _logits(tuned), _logits(load_model(model, adapter))
    base = _logits(load_model(model))
    assert torch.allclose(found, expected, atol=1e-3)
    assert not torch.allclose(found, base, atol=1e-3)  # training has moved it

    train_adapter(more, *options, "train.start_from=previous", previous=adapter, samples=SAMPLES)
    assert not torch.allclose(_logits(load_model(model, more)), found, atol=1e-4)
    trained = load_file(more / "adapter_model.safetensors")
    assert sum(tensor.numel() for tensor in trained.values()) == trainable
    # What text does not reach has no adapter.
    assert not [name for name in trained if re.search("vision|visual|projector", name)]


def _logits(model):
    """Logits of a few tokens, which also a model on a GPU gives to the CPU."""
    with torch.inference_mode():
        return model(torch.arange(5, 17, device=model.device)[None]).logits.cpu()


def _plain(folder):
    """As transformers loads a model to generate text with."""
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

    causal = type(AutoConfig.from_pretrained(folder)) in MODEL_FOR_CAUSAL_LM_MAPPING
    kind = AutoModelForCausalLM if causal else AutoModelForImageTextToText
    return kind.from_pretrained(folder, dtype=torch.float32).eval()


def _sampled_and_scored_as_by(plain, model):
    """Log-probabilities of sampling, and losses of scoring, are those of a plain forward pass."""
    tokenizer = load_tokenizer(model)
    sampling = Decoding(n=50, temperature=1.0, top_p=1.0, max_tokens=20)
    engine = TransformersEngine(model, None, window=8)
    found = [
        (PROMPTS[int(question_id[1:])].text, candidate)
        for question_id, candidates in engine.generate(PROMPTS, sampling)
        for candidate in candidates
        if candidate.token_ids is not None
    ][:20]
    assert found  # one token in 500 ends a random model's answer
    ids = [np.array(candidate.token_ids, np.int32) for _, candidate in found]
    texts = [candidate.text for _, candidate in found]
    encoded = list(encode(tokenizer, "", [prompt for prompt, _ in found], texts, ids))
    losses = token_losses(load_model(model), encoded, batch_tokens=1024).completion
    for (prompt, candidate), loss in zip(found, losses, strict=True):
        before = tokenizer(prompt)["input_ids"]
        with torch.inference_mode():
            whole = torch.tensor([[*before, *candidate.token_ids]])
            log_probabilities = plain(whole).logits[0, len(before) - 1 : -1].log_softmax(-1)
        targets = torch.tensor(candidate.token_ids)[:, None]
        expected = float(log_probabilities.gather(1, targets).sum())
        assert candidate.logprob == pytest.approx(expected, abs=1e-3)
        assert -loss == pytest.approx(expected, abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("wide_folder", [*FAMILIES, *MORE_ON_VLLM], indirect=True)
def test_vllm_answers_in_the_second_round_as_the_other_engine_does(wide_folder, monkeypatch):
    pytest.importorskip("vllm")
    monkeypatch.setenv("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    from iwsi.recipe import Sample
    from iwsi.sample.vllm import VllmEngine

    model, first = Model(name=str(wide_folder)), wide_folder.parent / "one" / "adapter"
    adapter = wide_folder.parent / "two" / "adapter"
    options = (f"model.name={wide_folder}", "train.learning_rate=1e-2", *ONE_STEP)
    train_adapter(first, *options)
    train_adapter(adapter, *options, "train.start_from=previous", previous=first, samples=SAMPLES)
    greedy = Decoding(n=1, temperature=0.0, top_p=1.0, max_tokens=8)
    expected = dict(TransformersEngine(model, adapter, window=8).generate(PROMPTS, greedy))
    engine = VllmEngine(Sample(max_memory_gib=0.25), model, adapter, max_length=64)
    for question_id, [candidate] in engine.generate(PROMPTS, greedy):
        [other] = expected[question_id]
        assert candidate.text == other.text
        assert candidate.logprob == pytest.approx(other.logprob, abs=1e-2)


@pytest.mark.parametrize("folder", ["qwen2_5_vl"], indirect=True)
def test_a_family_that_reads_images_trains_the_same_in_several_forward_passes(folder):
    whole = _trained(folder, "whole")
    parts = _trained(folder, "parts", "train.micro_batch_size=2", "train.shared_text=never")
    for name, weight in whole.items():
        torch.testing.assert_close(parts[name], weight, atol=1e-5, rtol=0)


@pytest.mark.slow
@pytest.mark.parametrize("folder", FAMILIES_WITH_IMAGES, indirect=True)
def test_two_processes_train_a_family_that_reads_images_as_one_does(folder):
    one = _trained(folder, "one")
    two = _trained(folder, "two", "train.distributed=ddp", "train.num_processes=2")
    for name, weight in one.items():
        assert two[name].any()
        torch.testing.assert_close(two[name], weight, atol=1e-5, rtol=0)


def _trained(folder, name, *overrides):
    """The weights of an adapter that is trained so."""
    adapter = folder.parent / name / "adapter"
    options = (f"model.name={folder}", "model.dtype=float32", *ONE_STEP)
    train_adapter(adapter, *options, *overrides)
    return load_file(adapter / "adapter_model.safetensors")
