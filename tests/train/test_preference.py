"""Preference training on the small model: the loss by hand, weights, resuming, what is counted."""

import math

import numpy as np
import pyarrow as pa
import pytest
import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from training import metrics, recipe, train
from trl import DPOTrainer

from eval_predict.errors import UserError
from iwsi.models import load_model, load_tokenizer
from iwsi.tasks.encoding import encode
from iwsi.train.counts import SampleCounts
from iwsi.train.pairs import pair_rows
from iwsi.train.preference import PreferenceTrainer
from iwsi.train.sft import train_adapter
from iwsi.train.trainer import make_trainer

PAIRS = pa.table(
    {
        "prompt": [f"Question: Tom has {i} pens. How many?\nAnswer:" for i in range(10)],
        "chosen": [f"{i} + 0 = {i}. The answer is {i}." for i in range(10)],
        "rejected": [
            " ".join(["So"] * (i % 3 + 1)) + f" the answer is {i + 1}." for i in range(10)
        ],
        "weight": [1.0] * 10,
    }
)
DPO = ["train.objective=dpo", "train.pairs={per_question: 1}", "train.learning_rate=1e-3"]


def _objective(name, *overrides):
    return [f"train.objective={name}", *DPO[1:], *overrides]


def _trainer(folder, *overrides, pairs=PAIRS, previous=None):
    fitted = recipe(*overrides)
    tokenizer = load_tokenizer(fitted.model)
    rows, _ = pair_rows(fitted, tokenizer, pairs)
    trainer = make_trainer(fitted, tokenizer, rows, previous, 0, folder, lambda done, total: None)
    assert isinstance(trainer, PreferenceTrainer)
    return trainer


def _draw(model, seed=0):
    """Adapters that are not zero, the same in every model."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for _, weight in sorted(model.named_parameters()):
            if weight.requires_grad:
                weight.copy_(torch.randn(weight.shape, generator=generator) * 0.05)
    return model


def _batch(trainer, rows, weights=None):
    taken = [dict(trainer.train_dataset[i]) for i in rows]
    for i, row in enumerate(taken):
        row["weight"] = weights[i] if weights else 1.0
    return trainer.data_collator(taken)


def _loss_and_gradient(trainer, batch):
    trainer.model.zero_grad()
    loss = trainer.compute_loss(trainer.model, batch)
    loss.backward()
    return loss.item(), {n: p.grad for n, p in trainer.model.named_parameters() if p.requires_grad}


def _by_hand(objective, row, beta):
    """Loss and gradients of one pair from logits of whole sequences, without TRL."""
    fitted = recipe()
    tokenizer = load_tokenizer(fitted.model)
    base = load_model(fitted.model)
    lora = LoraConfig(r=4, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM")
    model = _draw(get_peft_model(base, lora)).train()

    def log_prob(side):
        [sample] = encode(
            tokenizer, "", [PAIRS["prompt"][row].as_py()], [" " + PAIRS[side][row].as_py()]
        )
        ids = torch.tensor(sample.ids.astype(np.int64))[None]
        log_probs_TV = torch.log_softmax(model(input_ids=ids).logits[0, :-1].double(), dim=-1)
        taken = log_probs_TV.gather(1, ids[0, 1:, None])[sample.prompt - 1 :, 0]
        return taken.sum(), len(taken)

    (better, n), (worse, m) = log_prob("chosen"), log_prob("rejected")
    with torch.no_grad(), model.disable_adapter():
        (ref_better, _), (ref_worse, _) = log_prob("chosen"), log_prob("rejected")
    if objective == "ipo":
        loss = ((better - ref_better) / n - (worse - ref_worse) / m - 1 / (2 * beta)) ** 2
    else:
        logit = beta * ((better - ref_better) - (worse - ref_worse))
        loss = torch.log1p(torch.exp(-logit))
    if objective == "sft+dpo":
        loss = loss - 0.5 * better / n
    loss.backward()
    return loss.item(), {n: p.grad for n, p in model.named_parameters() if p.requires_grad}


@pytest.mark.parametrize("objective", ["dpo", "ipo", "sft+dpo"])
def test_loss_and_gradient_of_a_pair_are_those_by_hand(tmp_path, objective):
    overrides = _objective(objective, "train.batch_size=1", "train.beta=0.3")
    trainer = _trainer(tmp_path, *overrides, "train.sft_weight=0.5")
    _draw(trainer.model)
    loss, gradient = _loss_and_gradient(trainer, _batch(trainer, [3]))
    expected, by_hand = _by_hand(objective, 3, 0.3)
    assert loss == pytest.approx(expected, rel=1e-5)
    assert gradient.keys() == by_hand.keys()
    largest = max(g.abs().max().item() for g in by_hand.values())
    assert largest > 1e-4
    for name, ours in gradient.items():
        assert (ours - by_hand[name]).abs().max() < 1e-4 * largest, name


@pytest.mark.parametrize(("objective", "kind"), [("dpo", "sigmoid"), ("ipo", "ipo")])
def test_with_equal_weights_the_loss_is_trls_own(tmp_path, objective, kind):
    trainer = _trainer(tmp_path, *_objective(objective))
    _draw(trainer.model)
    rows = list(range(8))
    ours, gradient = _loss_and_gradient(trainer, _batch(trainer, rows))
    batch = _batch(trainer, rows)
    del batch["weight"]
    trainer.loss_types = [kind]
    trainer.model.zero_grad()
    theirs = DPOTrainer.compute_loss(trainer, trainer.model, batch)
    theirs.backward()
    assert ours == pytest.approx(theirs.item(), rel=1e-5)
    for name, weight in trainer.model.named_parameters():
        if weight.requires_grad:
            torch.testing.assert_close(gradient[name], weight.grad, rtol=1e-3, atol=1e-6)


def test_a_loss_is_linear_in_each_pairs_weight(tmp_path):
    trainer = _trainer(tmp_path, *DPO, "train.batch_size=2")
    _draw(trainer.model)
    one, _ = _loss_and_gradient(trainer, _batch(trainer, [1, 4], [1.0, 0.0]))
    other, _ = _loss_and_gradient(trainer, _batch(trainer, [1, 4], [0.0, 1.0]))
    both, _ = _loss_and_gradient(trainer, _batch(trainer, [1, 4], [0.5, 3.0]))
    assert both == pytest.approx(0.5 * one + 3.0 * other, rel=1e-5)
    assert one != pytest.approx(other, rel=1e-3)


def test_micro_batches_train_the_same_as_one_batch(tmp_path):
    trained = []
    for micro in (4, 1):  # ten pairs in batches of four: the last step is short
        overrides = [*DPO, "train.epochs=1", "train.batch_size=4"]
        overrides.append(f"train.micro_batch_size={micro}")
        train(tmp_path / str(micro), *overrides, samples=PAIRS)
        trained.append(load_file(tmp_path / str(micro) / "adapter_model.safetensors"))
    ours, theirs = trained
    largest = max(t.abs().max().item() for name, t in theirs.items() if "lora_B" in name)
    assert largest > 1e-3
    for name, weight in ours.items():
        assert (weight - theirs[name]).abs().max() < 0.01 * largest


def test_training_prefers_what_was_kept_and_logs_it(tmp_path):
    train(tmp_path / "adapter", *DPO, "train.batch_size=1", samples=PAIRS)
    lines = [line for line in metrics(tmp_path / "adapter") if "rewards/margins" in line]
    assert lines[-1]["rewards/accuracies"] == 1.0
    assert lines[-1]["rewards/margins"] > lines[0]["rewards/margins"]


def test_pairs_of_which_one_side_is_too_long_are_left_out_and_counted(tmp_path):
    texts = PAIRS["rejected"].to_pylist()
    texts[2] = "So " * 60 + "the answer is 3."
    pairs = PAIRS.set_column(2, "rejected", pa.array(texts))

    def run(*overrides):
        return train_adapter(
            recipe(*DPO, *overrides),
            pairs,
            tmp_path / "adapter",
            previous=None,
            seed=0,
            progress=lambda done, total: None,
        )

    assert run("train.max_length=60") == SampleCounts(9, 1)
    with pytest.raises(UserError, match=r"train.max_length: 10, and all 10 pairs are longer"):
        run("train.max_length=10")


def test_the_reference_is_the_model_without_an_adapter_or_the_one_before(tmp_path):
    train(tmp_path / "first", *DPO, "train.learning_rate=1e-2", samples=PAIRS)
    losses = {}
    for reference in ("base", "previous"):
        trainer = _trainer(
            tmp_path / reference,
            *DPO,
            "train.start_from=previous",
            f"train.reference={reference}",
            previous=tmp_path / "first",
        )
        losses[reference], _ = _loss_and_gradient(trainer, _batch(trainer, list(range(8))))
    assert losses["previous"] == pytest.approx(math.log(2), rel=1e-5)
    assert losses["base"] < 0.6


def test_going_on_from_an_adapter_saves_that_adapter_alone(tmp_path):
    short = [*DPO, "train.epochs=1"]
    train(tmp_path / "first", *short, samples=PAIRS)
    before = load_file(tmp_path / "first" / "adapter_model.safetensors")
    train(
        tmp_path / "second",
        *short,
        "train.start_from=previous",
        samples=PAIRS,
        previous=tmp_path / "first",
    )
    after = load_file(tmp_path / "second" / "adapter_model.safetensors")
    assert after.keys() == before.keys()
    assert any(not torch.equal(after[name], before[name]) for name in before)
    files = {path.name for path in (tmp_path / "second").iterdir()}
    assert files == {path.name for path in (tmp_path / "first").iterdir()}


class _StoppedError(Exception):
    """Stands for a kill."""


@pytest.mark.parametrize(
    ("start", "reference"),
    [
        ("base", "base"),
        pytest.param("previous", "base", marks=pytest.mark.slow),
        pytest.param("previous", "previous", marks=pytest.mark.slow),
    ],
)
def test_a_training_that_was_stopped_goes_on_from_its_checkpoint(tmp_path, start, reference):
    overrides = [*DPO, "train.batch_size=4", "train.save_steps=2"]
    previous = None
    if start == "previous":
        previous = tmp_path / "first"
        train(previous, *overrides, samples=PAIRS)
        overrides += ["train.start_from=previous", f"train.reference={reference}"]
    train(tmp_path / "whole" / "adapter", *overrides, samples=PAIRS, previous=previous)
    steps = []

    def progress(done, total):
        steps.append(done)
        if done == 5 and steps.count(5) == 1:
            raise _StoppedError

    def run():
        train_adapter(
            recipe(*overrides),
            PAIRS,
            tmp_path / "stopped" / "adapter",
            previous=previous,
            seed=3,
            progress=progress,
        )

    with pytest.raises(_StoppedError):
        run()
    run()
    assert steps == [1, 2, 3, 4, 5, 5, 6]
    whole, stopped = (tmp_path / name / "adapter" for name in ("whole", "stopped"))
    ours = load_file(stopped / "adapter_model.safetensors")
    for name, weight in load_file(whole / "adapter_model.safetensors").items():
        torch.testing.assert_close(ours[name], weight)
    assert metrics(stopped)[-1]["train_loss"] == pytest.approx(metrics(whole)[-1]["train_loss"])


def test_pairs_of_a_question_stand_side_by_side_where_the_recipe_says_so(tmp_path):
    prompts = [f"Question: Tom has {i % 5} pens. How many?\nAnswer:" for i in range(10)]
    pairs = PAIRS.set_column(0, "prompt", pa.array(prompts))

    def questions(order):
        trainer = _trainer(tmp_path / order, *DPO, f"train.order={order}", pairs=pairs)
        return [index % 5 for index in trainer._get_train_sampler()]

    together, shuffled = questions("by_question"), questions("shuffled")
    assert together[::2] == together[1::2]
    assert shuffled[::2] != shuffled[1::2]
    assert sorted(together) == sorted(shuffled)


@pytest.mark.slow
@pytest.mark.parametrize("distributed", ["ddp", "zero2", "zero3"])
@pytest.mark.parametrize("reference", ["base", "previous"])
def test_two_processes_train_what_one_does(tmp_path, distributed, reference):
    if distributed != "ddp":
        pytest.importorskip("deepspeed")
    overrides, previous = DPO, None
    if reference == "previous":
        previous = tmp_path / "first"
        train(previous, *DPO, samples=PAIRS)
        overrides = [*DPO, "train.start_from=previous", "train.reference=previous"]
    train(tmp_path / "one" / "adapter", *overrides, samples=PAIRS, previous=previous)
    two = ["train.num_processes=2", "train.micro_batch_size=2"]
    overrides = [*overrides, f"train.distributed={distributed}", *two]
    train(tmp_path / "two" / "adapter", *overrides, samples=PAIRS, previous=previous)
    ours, theirs = (
        load_file(tmp_path / name / "adapter" / "adapter_model.safetensors")
        for name in ("two", "one")
    )
    largest = max(t.abs().max().item() for name, t in theirs.items() if "lora_B" in name)
    for name, weight in theirs.items():
        assert (ours[name] - weight).abs().max() < 0.01 * largest
