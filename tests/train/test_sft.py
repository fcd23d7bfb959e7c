import json

import pyarrow as pa
import pytest
from conftest import ROOT
from safetensors.torch import load_file
from training import train

from eval_predict.errors import UserError
from iwsi.files import file_digest
from iwsi.models import load_tokenizer
from iwsi.recipe.load import load_recipe
from iwsi.tasks.encoding import encode
from iwsi.train import sft
from iwsi.train.counts import SampleCounts
from iwsi.train.sft import train_adapter
from iwsi.train.trainer import make_trainer

SAMPLES = pa.table(
    {
        "prompt": [f"Question: Tom has {i} pens. How many?\nAnswer:" for i in range(16)],
        "completion": [f"{i} + 0 = {i}. The answer is {i}." for i in range(16)],
    }
)


def _recipe(*overrides):
    small = ["train.epochs=1", "train.batch_size=8", "train.lora.r=4", "train.lora.dropout=0.1"]
    return load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [*small, *overrides])


def _train(recipe, folder, samples=SAMPLES, previous=None, seed=0):
    steps = []
    counts = train_adapter(
        recipe,
        samples,
        folder,
        previous=previous,
        seed=seed,
        progress=lambda done, total: steps.append((done, total)),
    )
    return counts, steps


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "adapter"
    return folder, *_train(_recipe("train.epochs=6"), folder)


def test_an_adapter_that_moved_is_saved_with_its_metrics_and_nothing_else(trained):
    folder, counts, steps = trained
    assert counts == SampleCounts(16, 0)
    assert steps[-1] == (12, 12)
    assert any(
        t.any()
        for name, t in load_file(folder / "adapter_model.safetensors").items()
        if "lora_B" in name
    )
    metrics = [json.loads(line) for line in (folder / "train_metrics.jsonl").open()]
    assert any("loss" in line for line in metrics)
    assert not any("runtime" in key for line in metrics for key in line)
    assert [path.name for path in folder.parent.iterdir()] == ["adapter"]


def test_an_adapter_is_ready_to_use_and_holds_no_path_of_this_machine(trained):
    from peft import AutoPeftModelForCausalLM
    from transformers import AutoTokenizer

    folder = trained[0]
    base = json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"]
    assert base == "recipes/tiny_arith/model"  # tests start in the repository's root
    model = AutoPeftModelForCausalLM.from_pretrained(folder)
    assert any("lora_B" in name for name, _ in model.named_parameters())
    assert AutoTokenizer.from_pretrained(folder)("12 pens")["input_ids"]
    card = (folder / "README.md").read_text()
    assert "Trained on 16 of the model's answers" in card
    for file in folder.iterdir():
        assert str(ROOT).encode() not in file.read_bytes(), file


def test_the_same_seed_gives_the_same_adapter_and_another_seed_another(tmp_path):
    digests = []
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        _train(_recipe(), tmp_path / name, seed=seed)
        digests.append(file_digest(tmp_path / name / "adapter_model.safetensors"))
    assert digests[0] == digests[1] != digests[2]


def test_trl_trains_the_tokens_that_the_scorer_counts(tmp_path):
    recipe = _recipe()
    tokenizer = load_tokenizer(recipe.model)
    rows, _ = sft._rows(recipe, tokenizer, SAMPLES)
    trainer = make_trainer(recipe, tokenizer, rows, None, 0, tmp_path, lambda done, total: None)
    texts = [f" {text}" for text in SAMPLES["completion"].to_pylist()]
    ours = encode(tokenizer, "", SAMPLES["prompt"].to_pylist(), texts)
    for theirs, sample in zip(trainer.train_dataset, ours, strict=True):
        batch = trainer.data_collator([theirs])
        labels = batch["labels"][0].tolist()
        assert batch["input_ids"][0].tolist() == sample.ids.tolist()
        assert labels == [-100] * sample.prompt + sample.ids[sample.prompt :].tolist()
        assert sample.ids[-1] == tokenizer.eos_token_id


def test_the_whole_sequence_can_be_trained(tmp_path):
    recipe = _recipe("train.loss_over=sequence")
    tokenizer = load_tokenizer(recipe.model)
    rows, _ = sft._rows(recipe, tokenizer, SAMPLES)
    trainer = make_trainer(recipe, tokenizer, rows, None, 0, tmp_path, lambda done, total: None)
    batch = trainer.data_collator([trainer.train_dataset[0]])
    assert -100 not in batch["labels"][0].tolist()


def test_micro_batches_add_up_to_the_batch(tmp_path):
    _, steps = _train(_recipe("train.micro_batch_size=2"), tmp_path / "a")
    assert steps[-1] == (2, 2)  # 16 samples in batches of 8


def test_training_goes_on_from_the_previous_adapter(tmp_path, trained):
    folder = trained[0]
    _train(_recipe("train.learning_rate=1e-9"), tmp_path / "next", previous=folder)
    before = load_file(folder / "adapter_model.safetensors")
    after = load_file(tmp_path / "next" / "adapter_model.safetensors")
    assert before.keys() == after.keys()
    assert all((before[name] - after[name]).abs().max() < 1e-6 for name in before)


def test_samples_too_long_are_left_out_and_counted(tmp_path):
    long = pa.table({"prompt": ["Question: " + "7 " * 200], "completion": ["The answer is 7."]})
    samples = pa.concat_tables([SAMPLES, long])
    counts, _ = _train(_recipe("train.max_length=64"), tmp_path / "a", samples)
    assert counts == SampleCounts(16, 1)


def test_nothing_but_samples_too_long_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"train.max_length: 8, and all 16 samples are longer"):
        _train(_recipe("train.max_length=8"), tmp_path / "a")


def test_an_adapter_that_did_not_move_is_not_called_a_result(tmp_path):
    with pytest.raises(UserError, match="all zero"):
        _train(_recipe("train.learning_rate=1e-60"), tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_a_training_of_a_single_step_moves_the_adapter(tmp_path):
    """The first step of a warm-up has a rate of 0."""
    steps = train(tmp_path / "adapter", "train.epochs=1", "train.batch_size=32")
    assert steps[-1] == (1, 1)
    assert (tmp_path / "adapter" / "adapter_model.safetensors").is_file()
