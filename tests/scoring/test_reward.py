"""Reward models made in the test: a tiny encoder with one logit, or with two classes."""

import numpy as np
import psutil
import pytest
import torch
from conftest import MODEL

from eval_predict.errors import UserError
from iwsi.errors import InternalError
from iwsi.models import load_tokenizer
from iwsi.recipe import Model
from iwsi.recipe.filter import filter_section
from iwsi.scoring import reward
from iwsi.scoring.reward import RewardModel, make_rewards, reward_source

PROMPTS = ["Question: 1 + 1?", "Question: Tom has 3 pens. Tom finds 4 more. How many?", "Q"]
TEXTS = ["The answer is 2.", "3 + 4 = 7. The answer is 7.", "7"]
ROUNDING = {"rtol": 1e-6, "atol": 1e-6}  # of float32


def _save(folder, num_labels, template=None):
    from transformers import LlamaConfig, LlamaForSequenceClassification

    tokenizer = load_tokenizer(Model(name=str(MODEL)))
    tokenizer.chat_template = template
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=128,
        num_labels=num_labels,
        pad_token_id=tokenizer.pad_token_id,
        initializer_range=0.5,
    )
    model = LlamaForSequenceClassification(config).eval()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return model, tokenizer


def _scores(folder, prompts=PROMPTS, texts=TEXTS, batch_tokens=4096):
    seen = []
    model = RewardModel(Model(name=str(folder)), batch_tokens=batch_tokens)
    scores = model.scores(prompts, texts, lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(prompts), len(prompts))
    return scores


@pytest.mark.parametrize("batch_tokens", [1, 4096])
def test_the_score_is_the_one_logit_whatever_the_batch(tmp_path, batch_tokens):
    model, tokenizer = _save(tmp_path, 1)
    for prompt, text, score in zip(
        PROMPTS, TEXTS, _scores(tmp_path, batch_tokens=batch_tokens), strict=True
    ):
        with torch.inference_mode():
            logit = model(**tokenizer(prompt, text, return_tensors="pt")).logits
        assert score == pytest.approx(logit.item(), abs=1e-4)


def test_of_several_classes_the_last_ones_log_probability_counts(tmp_path):
    model, tokenizer = _save(tmp_path, 3)
    for prompt, text, score in zip(PROMPTS, TEXTS, _scores(tmp_path), strict=True):
        with torch.inference_mode():
            logits = model(**tokenizer(prompt, text, return_tensors="pt")).logits[0]
        assert score == pytest.approx(logits.softmax(0)[-1].log().item(), abs=1e-4)


def test_a_chat_template_makes_two_turns_of_the_pair(tmp_path):
    template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    model, tokenizer = _save(tmp_path, 1, template)
    scores = _scores(tmp_path)
    for prompt, text, score in zip(PROMPTS, TEXTS, scores, strict=True):
        whole = tokenizer(f"user: {prompt}\nassistant: {text}\n", return_tensors="pt")
        with torch.inference_mode():
            assert score == pytest.approx(model(**whole).logits.item(), abs=1e-4)


def test_a_pair_that_is_too_long_has_no_score(tmp_path):
    _save(tmp_path, 1)
    scores = _scores(tmp_path, texts=["7 " * 200, *TEXTS[1:]])
    assert np.isnan(scores).tolist() == [True, False, False]


def test_a_reward_model_that_is_not_there_is_one_line(tmp_path):
    with pytest.raises(UserError, match=r"filter.reward_model: .*none"):
        RewardModel(Model(name=str(tmp_path / "none")), batch_tokens=1)


def test_revision_and_leave_to_run_code_come_from_the_recipe():
    rule = filter_section(
        "rm", reward_model="org/reward", reward_revision="abc", trust_remote_code=True
    )
    source = reward_source(rule)
    assert (source.name, source.revision, source.trust_remote_code) == ("org/reward", "abc", True)


def _quiet(done, total):
    """Ignore progress."""


def _rule(folder, **keys):
    return filter_section("rm", reward_model=str(folder), batch_tokens=2048, **keys)


def test_two_processes_give_the_scores_of_one_and_losing_one_ends_the_work(tmp_path):
    _save(tmp_path, 1)
    prompts = [f"Question: Tom has {i // 5} pens." for i in range(300)]
    texts = [f" He has {'very ' * (i % 4)}{i // 5} pens." for i in range(299)] + ["7 " * 200]
    together, seen = make_rewards(_rule(tmp_path, processes=2)), []
    try:
        scores = together.scores(prompts, texts, lambda done, total: seen.append((done, total)))
        # Other tests leave children, too.
        children = psutil.Process().children()
        alive = [p for p in children if p.status() != psutil.STATUS_ZOMBIE]
        killed = next(p for p in alive if "iwsi.scoring.reward" in p.cmdline())
        with pytest.raises(InternalError, match=r"process \d of 2: gone \(signal 9\)") as caught:
            together.scores(prompts, texts, lambda done, total: killed.kill())
        assert "\n" not in str(caught.value)
    finally:
        together.close()
    alone = make_rewards(_rule(tmp_path, processes=1))
    assert (together.in_process, alone.in_process) == (False, True)
    np.testing.assert_allclose(scores, alone.scores(prompts, texts, _quiet), **ROUNDING)
    assert np.flatnonzero(np.isnan(scores)).tolist() == [299]  # the pair that is too long
    assert len(seen) > 2
    assert seen == sorted(seen)
    assert seen[-1] == (300, 300)


def test_a_reward_model_larger_than_a_gpu_is_spread_over_those_that_it_takes(tmp_path, monkeypatch):
    """The largest of three GPUs holds half of its weights, of which the states leave 80%."""
    _save(tmp_path, 1)
    expected = _scores(tmp_path)
    size = (tmp_path / "model.safetensors").stat().st_size
    monkeypatch.setattr("iwsi.pool.gpus.gpu_memory", lambda: [(size // 2, size // 2)] * 8)
    opened, loaded = [], []
    load = reward.from_pretrained

    def from_pretrained(kind, source, field, **options):
        loaded.append(options.get("device_map"))
        return load(kind, source, field, **options)

    monkeypatch.setattr(reward, "open_pool", lambda *given, **asked: opened.append(asked))
    monkeypatch.setattr(reward, "from_pretrained", from_pretrained)
    monkeypatch.setattr(reward, "device", lambda: "cuda")  # moving it there would fail
    model = make_rewards(_rule(tmp_path))
    assert opened[0]["gpus_per_process"] == 3  # 1 / (0.5 * 0.8), rounded up
    assert loaded == [None, "auto"]  # the tokenizer, the model
    np.testing.assert_allclose(model.scores(PROMPTS, TEXTS, _quiet), expected, **ROUNDING)
