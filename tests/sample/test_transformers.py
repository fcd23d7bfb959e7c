import dataclasses
from types import SimpleNamespace

import pytest
import torch
from conftest import MODEL
from transformers import AutoConfig

from iwsi.recipe import Model, Sample
from iwsi.sample import transformers
from iwsi.sample.cache_size import token_bytes
from iwsi.sample.engine import Candidate, Decoding, Prompt
from iwsi.sample.start import make_engine
from iwsi.sample.transformers import TransformersEngine

BASE = Model(name=str(MODEL))
GREEDY = Decoding(n=1, temperature=0.0, top_p=1.0, max_tokens=48)
PROMPTS = [
    Prompt(
        f"q{i}",
        f"Question: Tom has {i} pens. Tom finds {j} more. How many pens does Tom have "
        f"now?\nAnswer:",
        100 * i,
    )
    for i, j in ((3, 4), (9, 2), (12, 15))
]


def _generate(engine, decoding):
    return dict(engine.generate(PROMPTS, decoding))


def test_padding_after_a_stop_string_is_no_end_token():
    """Llama's base models have no token for padding, so that it is the end token's."""
    ours = make_engine(Sample(engine="transformers"), BASE, None, max_length=160)
    stopping = dataclasses.replace(GREEDY, stop=("answer",))
    plain = _generate(ours, stopping)
    ours._tokenizer.pad_token = ours._tokenizer.eos_token
    assert _generate(ours, stopping) == plain


def test_batches_never_reach_over_a_window_of_questions(monkeypatch):
    """Windows are shards: what a resumed run samples does not depend on what is done."""
    engine = TransformersEngine(BASE, None, window=2)
    batches = []

    def decode(prompts, decoding):
        batches.append([prompt.question_id for prompt in prompts])
        return [Candidate("t", "stop", 1, -1.0)] * (len(prompts) * decoding.n)

    monkeypatch.setattr(engine, "_decode", decode)
    sizes = {"a": 9, "b": 3, "c": 5}
    prompts = [Prompt(name, "x" * size, 0) for name, size in sizes.items()]
    found = dict(engine.generate(prompts, dataclasses.replace(GREEDY, n=2)))
    assert batches == [["b", "a"], ["c"]]  # shortest first within a window
    assert {name: len(candidates) for name, candidates in found.items()} == dict.fromkeys("abc", 2)


@pytest.fixture(scope="module")
def engine():
    return TransformersEngine(Model(name=str(MODEL)), None, window=8)


def test_on_a_gpu_a_batch_is_what_its_memory_holds(engine, monkeypatch):
    token = token_bytes(engine._model.config, 4)
    device = torch.device("cuda")
    model = SimpleNamespace(device=device, config=engine._model.config, dtype=torch.float32)
    monkeypatch.setattr(engine, "_model", model)
    prompt = "Question: 1 + 1 = ?"
    length = len(engine._tokenizer(prompt)["input_ids"]) + 10
    for rows, expected in ((7, 7), (0.5, 1), (10**6, transformers.GPU_BATCH)):
        memory = SimpleNamespace(total_memory=rows * token * length / transformers.CACHE_SHARE + 1)
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _, found=memory: found)
        assert engine._rows(prompt, 10) == expected


def test_a_family_without_heads_has_the_usual_batch_on_a_gpu(engine, monkeypatch):
    config = AutoConfig.for_model("mamba")
    model = SimpleNamespace(device=torch.device("cuda"), config=config, dtype=torch.float32)
    monkeypatch.setattr(engine, "_model", model)
    assert engine._rows("Question: 1 + 1 = ?", 10) == transformers.BATCH
