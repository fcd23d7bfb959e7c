"""An adapter merged into its base on disk."""

import json
import shutil

import pytest
import torch
from conftest import MODEL

from iwsi.models import load_weights
from iwsi.recipe import Model
from iwsi.sample.merging import merged_model

BASE = Model(name=str(MODEL))


@pytest.fixture
def adapter(tmp_path):
    """An adapter with random weights, as PEFT saves one."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(1)
    config = LoraConfig(r=4, target_modules=["q_proj", "down_proj"], init_lora_weights=False)
    tuned = get_peft_model(load_weights(BASE), config)
    tuned.save_pretrained(str(tmp_path / "adapter"))
    return tmp_path / "adapter"


def test_the_merged_folder_holds_what_peft_merges(adapter):
    folder = merged_model(BASE, adapter)
    merged = load_weights(Model(name=str(folder))).state_dict()
    expected = load_weights(BASE, adapter).state_dict()
    assert merged.keys() == expected.keys()
    assert all(torch.equal(merged[name], expected[name]) for name in expected)
    base = load_weights(BASE).state_dict()
    changed = {name for name in base if not torch.equal(base[name], merged[name])}
    assert changed
    assert all("q_proj" in name or "down_proj" in name for name in changed)


def test_it_is_made_once_and_again_for_another_adapter(adapter):
    folder = merged_model(BASE, adapter)
    before = (folder / "model.safetensors").stat().st_mtime_ns
    assert merged_model(BASE, adapter) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == before
    from safetensors.torch import load_file, save_file

    weights = adapter / "adapter_model.safetensors"
    save_file({k: 2 * v for k, v in load_file(weights).items()}, weights)
    merged_model(BASE, adapter)
    assert (folder / "model.safetensors").stat().st_mtime_ns != before


def test_a_damaged_note_of_its_origin_makes_it_again(adapter):
    folder = merged_model(BASE, adapter)
    (folder / "made_from.json").write_text("{")
    assert json.loads((merged_model(BASE, adapter) / "made_from.json").read_text())["dtype"]


def test_nothing_is_left_of_a_merge_that_fails(adapter):
    shutil.copy(adapter / "adapter_config.json", adapter / "kept.json")
    (adapter / "adapter_config.json").unlink()
    with pytest.raises(Exception, match="adapter_config"):
        merged_model(BASE, adapter)
    assert not (adapter.parent / "merged").exists()


def test_what_vllm_reads_images_with_lies_beside_the_merged_weights(tmp_path, adapter):
    base = shutil.copytree(MODEL, tmp_path / "base")
    (base / "preprocessor_config.json").write_text('{"size": 224}')
    folder = merged_model(Model(name=str(base)), adapter)
    assert json.loads((folder / "preprocessor_config.json").read_text()) == {"size": 224}
    assert not (folder / "processor_config.json").exists()
