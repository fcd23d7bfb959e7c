import pyarrow as pa
import pytest
from training import recipe

from eval_predict.errors import UserError
from iwsi.models import load_tokenizer
from iwsi.train.counts import SampleCounts
from iwsi.train.pairs import pair_rows, row_tokens

DPO = ["train.objective=dpo", "train.pairs={per_question: 1}"]


def _pairs(rejected, weight=(1.0, 3.0)):
    return pa.table(
        {
            "prompt": ["Question: How many?\nAnswer:"] * 2,
            "chosen": ["The answer is 1."] * 2,
            "rejected": rejected,
            "weight": list(weight),
        }
    )


def _rows(pairs, *overrides):
    fitted = recipe(*DPO, *overrides)
    tokenizer = load_tokenizer(fitted.model)
    return (*pair_rows(fitted, tokenizer, pairs), tokenizer)


def test_a_pair_is_the_tokens_of_its_prompt_and_of_both_completions_and_weights_average_one():
    rows, counts, tokenizer = _rows(_pairs(["The answer is 2.", "So the answer is 2."]))
    assert counts == SampleCounts(2, 0)
    assert [row["weight"] for row in rows] == [0.5, 1.5]
    texts = {side: tokenizer.decode(rows[1][f"{side}_ids"]) for side in ("chosen", "rejected")}
    assert texts["chosen"] == f" The answer is 1.{tokenizer.eos_token}"
    assert texts["rejected"] == f" So the answer is 2.{tokenizer.eos_token}"
    assert tokenizer.decode(rows[0]["prompt_ids"]).endswith("Answer:")


def test_a_pair_with_one_side_too_long_is_left_out_and_counted():
    pairs = _pairs(["So " * 60 + "the answer is 3.", "The answer is 2."])
    rows, counts, _ = _rows(pairs, "train.max_length=60")
    assert (len(rows), counts) == (1, SampleCounts(1, 1))
    assert rows[0]["weight"] == 1.0
    with pytest.raises(UserError, match=r"train.max_length: 10, and all 2 pairs are longer"):
        _rows(pairs, "train.max_length=10")


def test_a_pair_takes_twice_its_prompt_and_its_longer_side():
    pair = {"prompt_ids": [1] * 5, "chosen_ids": [1] * 3, "rejected_ids": [1] * 4}
    assert row_tokens(pair) == 2 * (5 + 4)
    assert row_tokens({"input_ids": [1] * 7}) == 7
