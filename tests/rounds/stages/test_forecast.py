import json

import pyarrow as pa
import pytest
from conftest import small_recipe
from rounds.made_up_round import write_data

from iwsi import records
from iwsi.files import read_table, write_table
from iwsi.recipe.load import load_recipe
from iwsi.rounds.context import Session
from iwsi.rounds.stages import forecast


def _recipe(folder, *overrides):
    return load_recipe(small_recipe(folder), [*overrides])


ITEMS = [{"question_id": str(i), "prompt": f"q{i}", "gold": "1"} for i in range(20)]


def _write_test(root, number, scores):
    rows = [
        {"model": "m", "item": str(i), "score": float(score), "prompt": f"q{i}", "text": "t"}
        | {"answer": "1", "gold": "1"}
        for i, score in enumerate(scores)
    ]
    table = pa.Table.from_pylist(rows, schema=records.TEST_RESULTS)
    write_table(root / f"round-{number}" / "test.parquet", table)


def test_a_tested_round_is_forecast_by_looking_its_items_up(tmp_path):
    """All items are looked up: the score and the gain are exact, 15/20 and 5/20."""
    recipe = _recipe(tmp_path, "forecast={budget: 20}", "gate=null")
    write_data(tmp_path, test=ITEMS)
    _write_test(tmp_path, 0, [1] * 10 + [0] * 10)
    _write_test(tmp_path, 1, [1] * 15 + [0] * 5)
    votes = [
        {"question_id": str(i), "candidate_id": 0, "agrees": True, "vote_share": 0.5}
        for i in range(4)
    ]
    write_table(
        tmp_path / "round-1" / "votes.parquet", pa.Table.from_pylist(votes, schema=records.VOTES)
    )
    rows = [{"question_id": str(i), "prompt": f"train {i}"} for i in range(4)]
    write_data(tmp_path, train=rows)
    stage = forecast.stage(recipe, 1, {0: "test", 1: "test"})
    answers = [
        {"question_id": str(i), "candidate_id": 0, "prompt": "q", "text": "t"} for i in range(20)
    ]
    rows = [row | {"finish_reason": "stop", "num_tokens": 2, "logprob": -1.0} for row in answers]
    write_table(
        tmp_path / "round-0" / "answers" / "00000.parquet",
        pa.Table.from_pylist(rows, schema=records.CANDIDATES),
    )
    info = stage.run(Session(tmp_path, recipe, lambda done, total: None), "digest")
    assert info["items"] == 20
    report = json.loads((tmp_path / stage.outputs.report).read_text())
    assert report["score"]["value"] == pytest.approx(0.75)
    assert report["gain_over_previous"]["value"] == pytest.approx(0.25)
    assert report["gain_over_previous"]["low"] == pytest.approx(0.25)
    assert report["stopped"] == "budget spent"
    kept = read_table(tmp_path / stage.outputs.results)
    assert sum(kept["score"].to_pylist()) == 15
    assert kept.schema == records.FORECAST_RESULTS


def test_the_inputs_of_a_forecast_are_what_there_is_of_the_rounds_before(tmp_path):
    recipe = _recipe(tmp_path, "rounds=3", "warm_start={rows: 4}", "test.full=never")
    second = forecast.stage(recipe, 2, {0: "forecast", 1: "test"}).inputs
    assert [(earlier.number, earlier.is_full) for earlier in second.earlier] == [
        (0, False),
        (1, True),
    ]
    assert second.base_answers is None  # the base was not tested in full
    start = forecast.stage(recipe, 0, {}).inputs.earlier
    assert [(earlier.number, earlier.is_full) for earlier in start] == [(-1, False)]
