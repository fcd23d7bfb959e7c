"""How `train.distributed: auto` comes out on machines that are made up."""

import pytest
from conftest import ROOT

from iwsi.recipe.load import load_recipe
from iwsi.train import distribution
from iwsi.train.distribution import resolve_distributed


@pytest.fixture
def resolved(monkeypatch):
    def on_machine(gpus, *overrides, weights=10, memory=100):
        monkeypatch.setattr(distribution, "visible_gpus", lambda: ["0"] * gpus)
        monkeypatch.setattr(distribution, "gpu_memory", lambda: [(memory, memory)] * gpus)
        monkeypatch.setattr(distribution, "weight_bytes", lambda model: weights)
        recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", overrides)
        train = resolve_distributed(recipe).train
        return train.distributed, train.num_processes

    return on_machine


@pytest.mark.parametrize(
    ("gpus", "batch", "found"),
    [
        (0, 16, ("none", 1)),
        (1, 16, ("none", 1)),
        (8, 16, ("ddp", 8)),
        (6, 16, ("ddp", 4)),  # the most that share 16 samples evenly
        (3, 16, ("ddp", 2)),
        (2, 15, ("none", 1)),
    ],
)
def test_as_many_gpus_train_as_share_the_batch_evenly(resolved, gpus, batch, found):
    assert resolved(gpus, f"train.batch_size={batch}") == found


def test_a_micro_batch_that_is_named_has_to_come_out_even_too(resolved):
    assert resolved(8, "train.batch_size=16", "train.micro_batch_size=4") == ("ddp", 4)


def test_a_model_that_fits_on_no_gpu_is_partitioned_unless_it_is_quantised(resolved):
    assert resolved(4, "train.batch_size=16", weights=61) == ("zero3", 4)
    assert resolved(4, "train.batch_size=16", weights=60) == ("ddp", 4)
    assert resolved(4, "train.batch_size=16", weights=None) == ("ddp", 4)
    large = {"weights": 61}
    assert resolved(4, "train.batch_size=16", "model.quantize=nf4", **large) == ("ddp", 4)


def test_what_the_recipe_names_stays(resolved):
    assert resolved(8, "train.distributed=none") == ("none", 1)
    assert resolved(8, "train.distributed=zero2", "train.num_processes=2") == ("zero2", 2)
    assert resolved(0, "train.batch_size=16", "train.num_processes=2") == ("ddp", 2)
