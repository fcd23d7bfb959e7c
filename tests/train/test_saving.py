"""What passes for an adapter when it is read back."""

import pytest
import torch
from safetensors.torch import save_file

from eval_predict.errors import UserError
from iwsi.train.saving import check_saved

SHAPES = {"q.lora_A.default.weight": (4, 8), "q.lora_B.default.weight": (8, 4)}


ONES = torch.ones(8, 4)


def _saved(folder, b):
    weights = {"q.lora_A.weight": torch.ones(4, 8)} | ({} if b is None else {"q.lora_B.weight": b})
    save_file(weights, str(folder / "adapter_model.safetensors"))
    return folder


def test_an_adapter_that_moved_passes(tmp_path):
    check_saved(_saved(tmp_path, ONES), SHAPES)


@pytest.mark.parametrize(
    ("b", "error", "message"),
    [
        (
            None,
            RuntimeError,
            "1 of 2 weights .* not saved whole, q.lora_B.weight as None",
        ),
        (torch.ones(0), RuntimeError, r"1 of 2 weights .*, q.lora_B.weight as \(0,\)"),
        (torch.zeros(8, 4), UserError, "all zero"),
        (torch.full((8, 4), torch.nan), UserError, "not finite"),
    ],
)
def test_what_is_empty_or_broken_is_no_adapter(tmp_path, b, error, message):
    with pytest.raises(error, match=message):
        check_saved(_saved(tmp_path, b), SHAPES)


def test_a_model_with_nothing_to_train_saves_no_adapter(tmp_path):
    with pytest.raises(RuntimeError, match="0 of 0 weights"):
        check_saved(_saved(tmp_path, ONES), {})
