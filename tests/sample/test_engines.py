"""Both engines under one contract, on the real model; vLLM where it is installed."""

import dataclasses
import functools
import importlib.util
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from conftest import MODEL, ROOT

from iwsi.models import load_model, load_tokenizer
from iwsi.recipe import Model, Sample
from iwsi.recipe.load import load_recipe
from iwsi.sample.engine import Decoding, Prompt
from iwsi.sample.start import make_engine
from iwsi.scoring.losses import token_losses
from iwsi.tasks.encoding import encode

BASE = Model(name=str(MODEL))


GREEDY = Decoding(n=1, temperature=0.0, top_p=1.0, max_tokens=48)


SAMPLING = Decoding(n=5, temperature=1.0, top_p=1.0, max_tokens=48)


PROMPTS = [
    Prompt(
        f"q{i}",
        f"Question: Tom has {i} pens. Tom finds {j} more. How many pens does Tom have "
        f"now?\nAnswer:",
        100 * i,
    )
    for i, j in ((3, 4), (9, 2), (12, 15))
]


HAS_VLLM = importlib.util.find_spec("vllm") is not None


needs_vllm = pytest.mark.skipif(not HAS_VLLM, reason="vLLM is not installed")


@pytest.fixture(scope="module")
def adapter(tmp_path_factory) -> Path:
    """A trained adapter that has learned to say one thing."""
    from iwsi.train.sft import train_adapter

    recipe = load_recipe(
        ROOT / "recipes" / "tiny_arith.yaml",
        ["train.epochs=6", "train.batch_size=8", "train.learning_rate=1e-2", "train.lora.r=12"],
    )
    samples = pa.table(
        {"prompt": [p.text for p in PROMPTS] * 8, "completion": ["The answer is 5."] * 24}
    )
    folder = tmp_path_factory.mktemp("trained") / "adapter"
    train_adapter(recipe, samples, folder, previous=None, seed=0, progress=lambda done, total: None)
    return folder


@functools.cache
def _start(name):
    """An engine without an adapter; vLLM takes a while to start and keeps its memory."""
    return make_engine(Sample(engine=name, max_memory_gib=0.25), BASE, None, max_length=160)


@pytest.fixture(params=["transformers", pytest.param("vllm", marks=needs_vllm)])
def engine(request):
    return _start(request.param)


@pytest.fixture(scope="module", params=["merged", pytest.param("lora", marks=needs_vllm)])
def tuned(adapter, request):
    name = "vllm" if HAS_VLLM else "transformers"
    sample = Sample(engine=name, max_memory_gib=0.25, adapter=request.param)
    return make_engine(sample, BASE, adapter, max_length=160)


def _generate(engine, decoding):
    return dict(engine.generate(PROMPTS, decoding))


def test_every_question_gets_n_candidates_with_all_fields(engine):
    answers = _generate(engine, SAMPLING)
    assert set(answers) == {prompt.question_id for prompt in PROMPTS}
    for candidates in answers.values():
        assert len(candidates) == SAMPLING.n
        for candidate in candidates:
            assert candidate.finish_reason in ("stop", "length")
            assert 0 < candidate.num_tokens <= SAMPLING.max_tokens
            assert candidate.logprob < 0
    assert len({c.text for candidates in answers.values() for c in candidates}) > 3


def test_the_logprob_is_the_models_own_before_temperature(engine):
    tokenizer = load_tokenizer(BASE)
    hot = dataclasses.replace(SAMPLING, temperature=1.5)
    compared = 0
    for prompt in PROMPTS:
        [(_, candidates)] = engine.generate([prompt], hot)
        ended = [c for c in candidates if c.finish_reason == "stop"]
        texts, ids = [c.text for c in ended], [np.array(c.token_ids, np.int32) for c in ended]
        encoded = list(encode(tokenizer, "", [prompt.text] * len(ended), texts, ids))
        scored = token_losses(load_model(BASE), encoded, batch_tokens=4096)
        for candidate, loss, length in zip(
            ended, scored.completion, scored.completion_tokens, strict=True
        ):
            assert length == candidate.num_tokens == len(candidate.token_ids)
            assert candidate.logprob == pytest.approx(-loss, abs=2e-3)
            compared += 1
    assert compared > 5


def test_an_answer_that_does_not_end_says_so(engine):
    short = dataclasses.replace(GREEDY, max_tokens=2)
    for [candidate] in _generate(engine, short).values():
        assert (candidate.finish_reason, candidate.num_tokens) == ("length", 2)


def test_a_stop_string_ends_an_answer_and_is_cut_off(engine):
    stopping = dataclasses.replace(GREEDY, stop=("answer",))
    for [candidate] in _generate(engine, stopping).values():
        assert candidate.finish_reason == "stop"
        assert candidate.text.strip() == "The"
        assert candidate.token_ids is None  # the text is not all of them


def test_greedy_answers_repeat(engine):
    assert _generate(engine, GREEDY) == _generate(engine, GREEDY)


@needs_vllm
def test_both_engines_give_the_same_greedy_answers():
    left, right = _generate(_start("transformers"), GREEDY), _generate(_start("vllm"), GREEDY)
    for question_id, [candidate] in left.items():
        [other] = right[question_id]
        assert (candidate.text, candidate.finish_reason) == (other.text, other.finish_reason)
        assert candidate.num_tokens == other.num_tokens
        assert candidate.logprob == pytest.approx(other.logprob, abs=2e-3)


def test_the_adapter_is_what_answers(tuned, adapter):
    merged = make_engine(Sample(engine="transformers"), BASE, adapter, max_length=160)
    for question_id, [candidate] in _generate(tuned, GREEDY).items():
        assert candidate.text.strip() == "The answer is 5."
        assert _generate(merged, GREEDY)[question_id][0].text == candidate.text
