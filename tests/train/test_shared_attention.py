"""Joined rows give the gradients that padded rows give, on the model that ships."""

from types import SimpleNamespace

import pyarrow as pa
import pytest
import torch
from conftest import ROOT
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from iwsi.models import load_model, load_tokenizer
from iwsi.recipe.load import load_recipe
from iwsi.train import sft
from iwsi.train.shared_attention import _by_segment, _dense_mask, can_join
from iwsi.train.trainer import CannotJoinError, make_trainer, may_join

TEXT = "Question: Ann has 3 pens and buys 4. How many?\nAnswer: 3 + 4 = 7. The answer is 7.\n\n"
SAMPLES = pa.table(
    {
        "prompt": [f"{TEXT}Question: Tom has {i // 2} pens. How many?\nAnswer:" for i in range(8)],
        "completion": [f"{i} + {'0 + ' * (i % 3)}0 = {i}. The answer is {i}." for i in range(8)],
        "weight": [0.5 + i / 7 for i in range(8)],
    }
)


def _recipe(*overrides):
    small = ["train.batch_size=8", "train.micro_batch_size=8", "train.lora.dropout=0"]
    return load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [*small, "train.lora.r=4", *overrides])


def _gradients(recipe, samples, folder, *, joins_rows):
    tokenizer = load_tokenizer(recipe.model)
    rows, _ = sft._rows(recipe, tokenizer, samples)
    assert may_join(recipe, rows)
    trainer = make_trainer(
        recipe, tokenizer, rows, None, 0, folder, lambda *_: None, joins_rows=joins_rows
    )
    model = trainer.model
    torch.manual_seed(1)
    for name, weight in model.named_parameters():  # an adapter's second matrix begins as zeros
        if weight.requires_grad and "lora_B" in name:
            weight.data.normal_(std=0.05)
    batches, items = trainer.get_batch_samples(
        iter(trainer.get_train_dataloader()), 1, torch.device("cpu")
    )
    loss = trainer.compute_loss(model, trainer._prepare_inputs(batches[0]), False, items)
    loss.backward()
    found = {n: w.grad for n, w in model.named_parameters() if w.requires_grad}
    return float(loss.detach()), found, batches[0]["input_ids"].numel()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("order", ["shuffled", "by_question"])
def test_gradients_are_those_of_rows_on_their_own(tmp_path, weighted, order):
    samples = SAMPLES if weighted else SAMPLES.drop_columns("weight")
    recipe = _recipe(f"train.order={order}")
    plain_loss, plain, read = _gradients(recipe, samples, tmp_path, joins_rows=False)
    joined_loss, joined, fewer = _gradients(recipe, samples, tmp_path, joins_rows=True)
    assert fewer < read / 2
    assert joined_loss == pytest.approx(plain_loss, rel=1e-5)
    assert plain.keys() == joined.keys()
    for name, gradient in plain.items():
        assert gradient.norm() > 0
        assert (joined[name] - gradient).norm() < 1e-4 * gradient.norm(), name


def test_the_penalty_to_the_base_is_that_of_rows_on_their_own(tmp_path):
    samples, recipe = SAMPLES.drop_columns("weight"), _recipe("train.kl=0.5")
    without, _, _ = _gradients(_recipe(), samples, tmp_path, joins_rows=False)
    plain_loss, plain, _ = _gradients(recipe, samples, tmp_path, joins_rows=False)
    joined_loss, joined, _ = _gradients(recipe, samples, tmp_path, joins_rows=True)
    assert plain_loss > without + 1e-4
    assert joined_loss == pytest.approx(plain_loss, rel=1e-5)
    for name, gradient in plain.items():
        assert (joined[name] - gradient).norm() < 1e-4 * gradient.norm(), name


def test_checkpointed_layers_give_the_same_gradients(tmp_path):
    kept = _gradients(_recipe(), SAMPLES, tmp_path, joins_rows=True)[1]
    again = _gradients(
        _recipe("train.gradient_checkpointing=true"), SAMPLES, tmp_path, joins_rows=True
    )[1]
    assert all((again[name] - kept[name]).norm() < 1e-5 * kept[name].norm() for name in kept)


def test_a_model_that_cannot_is_trained_on_rows_as_they_are(tmp_path, monkeypatch):
    tried = []

    def refuses(*args, joins_rows, **kwargs):
        tried.append(joins_rows)
        if joins_rows:
            raise CannotJoinError
        return make_trainer(*args, **kwargs)

    monkeypatch.setattr(sft, "make_trainer", refuses)
    counts = sft.train_adapter(
        _recipe("train.epochs=1"),
        SAMPLES,
        tmp_path / "adapter",
        previous=None,
        seed=0,
        progress=lambda *_: None,
    )
    assert tried == [True, False]
    assert counts.trained == 8


def test_rows_are_joined_only_where_that_saves_tokens_and_prompts_have_no_loss():
    recipe = _recipe()
    tokenizer = load_tokenizer(recipe.model)
    rows, _ = sft._rows(recipe, tokenizer, SAMPLES)
    assert may_join(recipe, rows)
    assert not may_join(_recipe("train.shared_text=never"), rows)
    assert not may_join(_recipe("train.loss_over=sequence"), rows)
    assert not may_join(_recipe("train.micro_batch_size=1"), rows)


def test_a_model_whose_layers_look_back_over_a_window_is_not_trusted_with_joined_rows():
    from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

    sizes = {
        "vocab_size": 32,
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
    }
    torch.manual_seed(0)
    assert can_join(LlamaForCausalLM(LlamaConfig(**sizes)).eval())
    assert not can_join(MistralForCausalLM(MistralConfig(**sizes, sliding_window=8)).eval())


def test_the_model_that_ships_can_join():
    assert can_join(load_model(_recipe().model))


def test_one_step_over_all_tokens_is_the_steps_of_the_segments():
    segments = ((0, 3, ()), (3, 6, ((0, 3),)), (6, 9, ((0, 3), (3, 6))), (9, 14, ((0, 3),)))
    generator = torch.Generator().manual_seed(0)
    query, key, value = (
        torch.randn(1, heads, 14, 8, generator=generator, requires_grad=True) for heads in (4, 4, 4)
    )
    module = SimpleNamespace(is_causal=True, training=True)
    expected = _by_segment(module, query, key, value, segments, scaling=0.3)
    mask = _dense_mask(segments, torch.float32, torch.device("cpu"))
    found, _ = sdpa_attention_forward(module, query, key, value, mask, scaling=0.3)
    torch.testing.assert_close(found, expected)
    for whole, parts in zip(
        torch.autograd.grad(found.square().sum(), (query, key, value), retain_graph=True),
        torch.autograd.grad(expected.square().sum(), (query, key, value)),
        strict=True,
    ):
        torch.testing.assert_close(whole, parts)
