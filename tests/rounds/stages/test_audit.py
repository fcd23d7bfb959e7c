"""The stages of an audit in this process, where there is nothing to audit."""

import json

import pytest
from conftest import small_recipe

from iwsi import records
from iwsi.files import read_table, write_table
from iwsi.recipe.load import load_recipe
from iwsi.rounds import layout
from iwsi.rounds.context import Session
from iwsi.rounds.plan import plan


@pytest.fixture
def stages(tmp_path):
    recipe = load_recipe(small_recipe(tmp_path), ["audit={rows: 50}", "filter={method: lmsi}"])
    session = Session(tmp_path, recipe, lambda done, total: None)
    return {stage.kind.name: stage for stage in plan(recipe)}, session


def test_without_labelled_rows_there_is_no_verdict_and_the_run_goes_on(stages, tmp_path):
    """A warm start may take all of them."""
    by_kind, session = stages
    write_table(tmp_path / layout.VALIDATION, records.VALIDATION.empty_table())
    infos = [
        by_kind[kind].run(session, "digest") for kind in ("audit_sample", "audit_losses", "audit")
    ]
    assert read_table(tmp_path / "round-1" / "labelled_samples").num_rows == 0
    found = json.loads((tmp_path / "round-1" / "audit.json").read_text())
    assert found["report"] is None
    assert "0 labelled rows" in found["refused"]
    assert "no verdict" in infos[-1]["warnings"][0]["message"]
