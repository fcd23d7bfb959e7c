"""A run of one round over the model that comes with the repository, written by hand."""

import json
from pathlib import Path

import torch
from conftest import MODEL, ROOT
from report.run_directories import write_run

from iwsi.models import load_tokenizer, load_weights
from iwsi.recipe import Model
from iwsi.recipe.load import dump_recipe, load_recipe
from iwsi.rounds import ledger


def finished_run(root: Path) -> Path:
    """The run's directory, with results, candidates and an adapter that PEFT has saved."""
    from peft import LoraConfig, get_peft_model

    write_run(root)
    recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", ["rounds=1", "gate=null"])
    (root / "recipe.yaml").write_text(dump_recipe(recipe))
    entry = {
        "digest": "0",
        "outputs": {},
        "seconds": 1.0,
        "startup_seconds": 0.0,
        "info": {"trained": 15, "too_long": 0},
        "startup": {},
    }
    names = ("round-0/test", "round-1/select", "round-1/train", "round-1/test")
    stages = {"format": ledger.FORMAT, "inputs": {}, "stages": dict.fromkeys(names, entry)}
    (root / "ledger.json").write_text(json.dumps(stages))
    torch.manual_seed(0)
    config = LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False)
    adapter = root / "round-1" / "adapter"
    model = Model(name=str(MODEL))
    get_peft_model(load_weights(model), config).save_pretrained(str(adapter))
    load_tokenizer(model).save_pretrained(str(adapter))
    return root
