"""Weights of samples in the loss, against TRL's own loss on the same model."""

import numpy as np
import pyarrow as pa
import pytest
import torch
from conftest import ROOT

from iwsi.models import load_tokenizer
from iwsi.recipe.load import load_recipe
from iwsi.train import sft
from iwsi.train.trainer import make_trainer
from iwsi.train.weighted import WeightedTrainer

PROMPTS = [f"Question: Tom has {i} pens. How many?\nAnswer:" for i in range(8)]
COMPLETIONS = [" ".join([f"{i} + 0 = {i}."] * (i + 1)) + f" The answer is {i}." for i in range(8)]


def _recipe(*overrides):
    small = ["train.epochs=3", "train.batch_size=4", "train.lora.r=4", "train.lora.dropout=0"]
    return load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [*small, *overrides])


def _trainer(folder, weights=None, *overrides):
    """A trainer whose rows have just these weights."""
    recipe = _recipe(*overrides)
    samples = pa.table({"prompt": PROMPTS, "completion": COMPLETIONS})
    rows, _ = sft._rows(recipe, load_tokenizer(recipe.model), samples)
    if weights is not None:
        rows = [{**row, "weight": w} for row, w in zip(rows, weights, strict=True)]
    tokenizer = load_tokenizer(recipe.model)
    return make_trainer(recipe, tokenizer, rows, None, 0, folder, lambda done, total: None)


def _trained(trainer):
    trainer.train()
    return {n: p.detach().clone() for n, p in trainer.model.named_parameters() if p.requires_grad}


def _loss_and_gradient(trainer, weights):
    """Of the first rows as one batch, with these weights in place of their own."""
    rows = [dict(trainer.train_dataset[i]) for i in range(len(weights))]
    rows = [{**row, "weight": w} for row, w in zip(rows, weights, strict=True)]
    trainer.model.zero_grad()
    loss = trainer.compute_loss(trainer.model, trainer.data_collator(rows), num_items_in_batch=100)
    loss.backward()
    parts = [p.grad.flatten() for p in trainer.model.parameters() if p.grad is not None]
    return loss.detach().numpy(), torch.cat(parts).numpy()


def test_weights_of_one_change_no_bit_of_what_is_trained(tmp_path):
    plain = _trainer(tmp_path / "a")
    ours = _trainer(tmp_path / "b", [1.0] * 8)
    assert not isinstance(plain, WeightedTrainer)
    assert isinstance(ours, WeightedTrainer)
    ours, plain = _trained(ours), _trained(plain)
    assert ours.keys() == plain.keys()
    assert all(torch.equal(ours[name], plain[name]) for name in plain)


def test_a_weighted_loss_is_linear_in_each_samples_weight(tmp_path):
    trainer = _trainer(tmp_path, [1.0] * 8)
    _draw(trainer)
    logprobs = np.eye(4)
    alone = [_loss_and_gradient(trainer, list(row)) for row in logprobs]
    together = _loss_and_gradient(trainer, [2.0, 1.0, 0.5, 3.0])
    for part in (0, 1):  # loss and gradient
        expected = sum(w * one[part] for w, one in zip([2.0, 1.0, 0.5, 3.0], alone, strict=True))
        np.testing.assert_allclose(together[part], expected, rtol=1e-4, atol=1e-5)
    assert all(np.abs(gradient).max() > 1e-3 for _, gradient in alone)


def test_micro_batches_train_the_same_as_one_batch(tmp_path):
    weights = [0.2, 3.0, 0.5, 1.0, 0.7, 2.0, 0.1, 0.5]
    trained = [
        _trained(_trainer(tmp_path / str(micro), weights, f"train.micro_batch_size={micro}"))
        for micro in (4, 1)
    ]
    fresh = dict(_trainer(tmp_path / "f", weights).model.named_parameters())
    for name, ours in trained[0].items():
        # Adam divides by the gradient's size: rounding shows where a gradient is next to nothing.
        moved = (ours - fresh[name]).abs().max()
        assert (ours - trained[1][name]).abs().max() < 0.05 * moved


@pytest.mark.parametrize("loss_over", ["completion", "sequence"])
def test_samples_in_one_row_without_padding_have_the_loss_of_padded_rows(
    tmp_path, monkeypatch, loss_over
):
    """As FlashAttention takes them; here by PyTorch's attention, which can be told the borders."""
    from iwsi.train import trainer as trainers

    weights, extra = [2.0, 1.0, 0.5, 3.0], f"train.loss_over={loss_over}"
    padded = _trainer(tmp_path / "a", [1.0] * 8, extra)
    monkeypatch.setattr(trainers, "_attention", lambda recipe, joins_rows: "sdpa")
    free = _trainer(tmp_path / "b", [1.0] * 8, extra)
    rows = [dict(free.train_dataset[i]) for i in range(4)]
    assert free.data_collator(rows)["input_ids"].shape == (
        1,
        sum(len(r["input_ids"]) for r in rows),
    )
    _draw(padded)
    free.model.load_state_dict(padded.model.state_dict())
    ours, theirs = (_loss_and_gradient(trainer, weights) for trainer in (free, padded))
    for part in (0, 1):  # loss and gradient
        np.testing.assert_allclose(ours[part], theirs[part], rtol=1e-4, atol=1e-5)


def _draw(trainer):
    for parameter in trainer.model.parameters():  # a fresh adapter's gradient is zero in one half
        if parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.1)


def test_weights_have_a_mean_of_one_over_the_trained_tokens():
    weights = np.arange(1.0, 9.0)
    samples = pa.table({"prompt": PROMPTS, "completion": COMPLETIONS, "weight": weights})
    recipe = _recipe()
    tokenizer = load_tokenizer(recipe.model)
    rows, _ = sft._rows(recipe, tokenizer, samples)
    # What is trained is the completion and the end token, as TRL counts it.
    tokens = [sum(label != -100 for label in row["labels"]) for row in rows]
    ours = np.array([row["weight"] for row in rows])
    assert (ours * tokens).sum() == pytest.approx(sum(tokens))
    np.testing.assert_allclose(ours / ours[0], weights)


def test_equal_weights_are_no_weights():
    samples = pa.table({"prompt": PROMPTS, "completion": COMPLETIONS, "weight": [0.4] * 8})
    recipe = _recipe()
    rows, _ = sft._rows(recipe, load_tokenizer(recipe.model), samples)
    assert set(rows[0]) == {"input_ids", "labels", "prompt_tokens"}


def test_a_penalty_is_half_the_squared_log_ratio_of_each_trained_token(tmp_path):
    held = _trainer(tmp_path, None, "train.kl=0.3")
    assert isinstance(held, WeightedTrainer)
    _draw(held)
    ours, gradient = _loss_and_gradient(held, [1.0] * 3)
    held._kl = None
    loss, _ = _loss_and_gradient(held, [1.0] * 3)
    penalty = 0.0
    for row in range(3):
        ids = torch.tensor(held.train_dataset[row]["input_ids"])
        labels = torch.tensor(held.train_dataset[row]["labels"])
        with torch.no_grad():
            both = [held.model(input_ids=ids[None]).logits[0]]
            with held.model.disable_adapter():
                both.append(held.model(input_ids=ids[None]).logits[0])
        one, other = (
            torch.log_softmax(logits[:-1], -1).gather(1, ids[1:, None])[:, 0] for logits in both
        )
        penalty += ((one - other)[labels[1:] >= 0] ** 2).sum().item() / 2
    assert penalty > 0.1
    assert ours - loss == pytest.approx(0.3 * penalty / 100, rel=1e-3)  # of 100 tokens
    assert np.abs(gradient).max() > 1e-3


def test_without_an_adapter_that_moved_there_is_no_penalty(tmp_path):
    held = _trainer(tmp_path, None, "train.kl=0.3")
    ours, _ = _loss_and_gradient(held, [1.0] * 2)
    held._kl = None
    assert _loss_and_gradient(held, [1.0] * 2)[0] == pytest.approx(ours, rel=1e-6)
