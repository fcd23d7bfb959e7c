import itertools

import pytest
from conftest import ROOT

from iwsi.recipe.batches import split_batch
from iwsi.recipe.load import RecipeError, load_recipe


def test_the_batch_of_the_recipe_is_what_happens_or_an_error():
    fits = 0
    for batch, processes in itertools.product(range(1, 33), range(1, 9)):
        for micro in (None, *range(1, batch + 1)):
            even = batch % (processes * (micro or 1)) == 0
            if not even:
                with pytest.raises(ValueError, match=rf"batch_size \({batch}\) is no multiple of"):
                    split_batch(batch, micro, processes)
                continue
            split = split_batch(batch, micro, processes)
            assert split.micro * split.accumulation * split.processes == batch
            assert split.processes == processes
            assert split.micro == micro or (micro is None and split.accumulation == 1)
            fits += 1
    assert fits > 300


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["train.distributed=none", "train.num_processes=2"],
            "num_processes (2) needs distributed: auto, ddp, zero2 or zero3",
        ),
        (
            ["train.distributed=ddp", "train.num_processes=3"],
            "batch_size (32) is no multiple of num_processes (3)",
        ),
        (
            ["train.distributed=ddp", "train.num_processes=2", "train.micro_batch_size=5"],
            "batch_size (32) is no multiple of num_processes x micro_batch_size (2 x 5)",
        ),
        (
            ["train.distributed=ddp", "train.num_processes=2", "train.num_nodes=4"],
            "num_processes (2) is no multiple of num_nodes (4)",
        ),
        (
            ["train.distributed=ddp", "train.num_processes=2", "train.offload=cpu"],
            "offload (cpu) needs distributed: zero2 or zero3",
        ),
        (["train.save_steps=2.5"], "save_steps (2.5) is neither whole nor below 1"),
    ],
)
def test_a_combination_that_cannot_be_is_one_line(overrides, message):
    with pytest.raises(RecipeError) as error:
        load_recipe(ROOT / "recipes" / "tiny_arith.yaml", overrides)
    assert message in str(error.value)
    assert "\n" not in str(error.value)
