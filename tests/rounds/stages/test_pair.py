"""The stage that makes pairs, in this process, on a made-up selection."""

import json

import pyarrow as pa
import pytest
from conftest import small_recipe

from eval_predict.errors import UserError
from iwsi import records
from iwsi.files import read_table, write_table
from iwsi.recipe.load import load_recipe
from iwsi.rounds.context import Session
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.plan import plan

PAIRS = "train.pairs={rejected: minority, per_question: 1, min_margin: 0.2}"


def _stages(tmp_path, *overrides):
    recipe = load_recipe(small_recipe(tmp_path), ["train.objective=dpo", *overrides])
    session = Session(tmp_path, recipe, lambda done, total: None)
    return {stage.name: stage for stage in plan(recipe)}, session


def _selection(rows):
    """Rows of question, answer, whether kept, reason."""
    columns = [
        {
            "question_id": question,
            "candidate_id": i,
            "prompt": f"{question}?",
            "text": f"{i}: the answer is {answer}.",
            "finish_reason": "stop",
            "num_tokens": 5,
            "logprob": -1.0,
            "answer": answer,
            "agrees": reason in (None, "high_ds_weight"),
            "keep": reason is None,
            "reason": reason,
            "weight": 1.0,
        }
        for i, (question, answer, reason) in enumerate(rows)
    ]
    return pa.Table.from_pylist(columns, schema=records.SELECTION)


ROWS = [
    ("a", "1", None),
    ("a", "1", "high_ds_weight"),
    ("a", "2", "minority_answer"),
    ("a", "2", "truncated"),  # has no vote, and is not rejected
    ("b", "5", None),
    ("b", None, "no_answer"),
    ("c", "7", "tie"),
    ("c", "8", "tie"),
]


def test_pairs_are_written_with_their_funnel(tmp_path):
    stages, session = _stages(tmp_path, PAIRS)
    files = RoundFiles.of(1)
    write_table(tmp_path / files.selection, _selection(ROWS))
    stages["round-1/pair"].run(session, "digest")
    [pair] = read_table(tmp_path / files.pairs).to_pylist()
    assert (pair["prompt"], pair["chosen_id"], pair["rejected_id"]) == ("a?", 0, 2)
    assert pair["margin"] == pytest.approx((2 - 1) / 4)
    assert pair["weight"] == 1.0
    assert json.loads((tmp_path / files.pair_funnel).read_text()) == {
        "questions": 3,
        "paired": 1,
        "pairs": 1,
        "without_pair": {"nothing_to_reject": 1, "nothing_kept": 1},
        "dropped": {"question_without_pair": 3},
    }


def test_a_round_without_a_pair_is_an_error_that_counts_the_reasons(tmp_path):
    stages, session = _stages(tmp_path, "train.pairs={min_margin: 0.5}")
    write_table(tmp_path / RoundFiles.of(1).selection, _selection(ROWS))
    with pytest.raises(UserError, match=r"no pair from 3 questions \(low_margin 1"):
        stages["round-1/pair"].run(session, "digest")


def test_training_reads_pairs_and_no_other_objective_makes_any(tmp_path):
    stages, _ = _stages(tmp_path, PAIRS)
    assert RoundFiles.of(1).pairs in stages["round-1/train"].reads
    recipe = load_recipe(small_recipe(tmp_path))
    assert "pair" not in {stage.kind.name for stage in plan(recipe)}
