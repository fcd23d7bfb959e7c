"""The gate's stage, in this process, on full tests."""

import pyarrow as pa
from conftest import small_recipe

from iwsi.files import write_table
from iwsi.recipe.load import load_recipe
from iwsi.rounds.context import Session
from iwsi.rounds.decisions import read_decision
from iwsi.rounds.plan import plan


def _decide(tmp_path, number, scores):
    overrides = ["rounds=2", "test.full=every", "forecast=null", "gate={on_fail: rollback}"]
    recipe = load_recipe(small_recipe(tmp_path), overrides)
    for before, row in enumerate(scores):
        path = tmp_path / f"round-{before}" / "test.parquet"
        write_table(path, pa.table({"score": row}))
    stage = next(stage for stage in plan(recipe) if stage.name == f"round-{number}/gate")
    stage.run(Session(tmp_path, recipe, lambda done, total: None), "digest")
    return read_decision(tmp_path, number)


def test_a_round_that_mends_half_of_the_answers_passes_and_one_that_loses_them_does_not(tmp_path):
    base, better = [0.0] * 40, [1.0, 0.0] * 20
    first = _decide(tmp_path, 1, [base, better])
    assert (first.passed, first.gain_over_base, first.result) == (True, 0.5, 1)
    second = _decide(tmp_path, 2, [base, better, base])
    assert (second.passed, second.failures, second.result) == (False, 1, 1)
