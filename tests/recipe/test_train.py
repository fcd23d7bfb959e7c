import pytest
from pydantic import ValidationError

from iwsi.recipe import Train

DPO = {"objective": "dpo", "pairs": {}}


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"distributed": "none", "num_processes": 2}, "needs distributed"),
        ({"distributed": "ddp", "num_processes": 3, "num_nodes": 2}, "is no multiple of"),
        ({"offload": "cpu"}, "needs distributed: zero2 or zero3"),
        ({"save_steps": 1.5}, "neither whole nor below 1"),
        ({"pairs": {}}, "objective sft trains on no pairs"),
        ({"objective": "dpo"}, "objective dpo has no pairs"),
        ({**DPO, "replay": 0.1}, "replay is for objective sft"),
        ({**DPO, "kl": 0.1}, "kl is for objective sft"),
        ({**DPO, "loss_over": "sequence"}, "compares completions of the same prompt"),
    ],
)
def test_keys_that_contradict_each_other_are_refused(keys, words):
    with pytest.raises(ValidationError, match=words):
        Train(**keys)


@pytest.mark.parametrize("keys", [DPO, {"save_steps": 0.5}, {"save_steps": 3}, {"replay": 0.1}])
def test_keys_that_fit_together_are_taken(keys):
    assert Train(**keys)
