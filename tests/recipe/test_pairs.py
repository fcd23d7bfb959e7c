"""What a recipe's preference keys refuse, a line for each fault."""

import pytest
from conftest import ROOT

from eval_predict.errors import UserError
from iwsi.recipe.load import load_recipe

DPO = ("train.objective=dpo", "train.pairs={per_question: 2}")


def _load(*overrides):
    return load_recipe(ROOT / "recipes" / "tiny_arith.yaml", overrides)


@pytest.mark.parametrize(
    ("overrides", "parts"),
    [
        (["train.objective=dpo"], "objective dpo has no pairs"),
        (["train.pairs={per_question: 2}"], "objective sft trains on no pairs"),
        ([*DPO, "sample.n=1"], r"per_question \(2\) is above sample.n \(1\)"),
        ([*DPO, "train.reference=previous"], "reference=previous does not fit"),
        ([*DPO, "train.reference=org/larger"], "'org/larger' is no reference that fits"),
        ([*DPO, "train.loss_over=sequence"], "set train.loss_over=completion"),
        (
            [DPO[0], "train.pairs={rejected: shifted}", "filter={method: lmsi}"],
            "rejected=shifted needs DS weights",
        ),
        (
            [DPO[0], "train.pairs={weigh: margin_and_ds}", "filter={method: lmsi}"],
            "margin_and_ds needs DS weights",
        ),
        (["train.objective=ppo"], "'sft', 'dpo', 'ipo' or 'sft"),
    ],
)
def test_what_does_not_fit_together_is_one_line(overrides, parts):
    with pytest.raises(UserError, match=parts) as refused:
        _load(*overrides)
    assert "\n" not in str(refused.value)


def test_a_warm_start_is_an_adapter_that_a_reference_can_be():
    recipe = _load(*DPO, "train.reference=previous", "warm_start={rows: 8}")
    assert recipe.train.pairs.min_margin == 0.3
