import json

import pytest

from eval_predict.errors import UserError
from iwsi.recipe.load import load_recipe
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.plan import plan


@pytest.fixture
def stages(recipe_file):
    return {stage.name: stage for stage in plan(load_recipe(recipe_file))}


@pytest.fixture
def prepared(tmp_path, recipe_file, stages):
    """A ledger in which `prepare` is done."""
    ledger = Ledger(tmp_path)
    ledger.set_inputs({"model.name": "m", "task.train.path": "t"})
    stage = stages["prepare"]
    for path in stage.writes:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(path)
    ledger.record(stage, ledger.digest(stage, load_recipe(recipe_file)), seconds=1.0)
    return ledger


def test_a_recorded_stage_is_done_also_for_the_next_process(
    tmp_path, prepared, recipe_file, stages
):
    again, recipe = Ledger(tmp_path), load_recipe(recipe_file)
    assert again.is_done(stages["prepare"], again.digest(stages["prepare"], recipe))
    assert not again.is_done(stages["round-0/test"], again.digest(stages["round-0/test"], recipe))


@pytest.mark.parametrize("harm", ["edit", "remove"])
def test_a_stage_whose_file_changed_is_not_done(tmp_path, prepared, recipe_file, stages, harm):
    path = tmp_path / stages["prepare"].writes[0]
    path.write_text("edited") if harm == "edit" else path.unlink()
    digest = prepared.digest(stages["prepare"], load_recipe(recipe_file))
    assert not prepared.is_done(stages["prepare"], digest)


@pytest.mark.parametrize(
    ("stage", "override", "changes"),
    [
        ("round-1/sample", "sample.temperature=0.5", True),
        ("round-1/sample", "seed=1", True),
        ("round-1/sample", "train.epochs=9", False),
        ("round-0/test", "filter.keep=0.1", False),
        ("round-0/test", "sample.temperature=0.5", False),
        ("round-0/test", "sample.max_tokens=9", True),
        ("prepare", "forecast.budget=7", False),
        ("round-1/sample", "sample.max_memory_gib=9", False),
        ("round-1/sample", "train.distributed=ddp", False),
        ("prepare", "task.train.size=3", True),
        # What a filter's study shares between filters depends on no more than it reads.
        ("prepare", "filter.method=lmsi", False),
        ("round-1/sample", "task.validation.size=3", False),
        ("round-1/sample", "task.few_shot=Q", True),
        ("round-1/sample", "model.dtype=float16", True),
    ],
)
def test_a_digest_changes_with_what_the_stage_depends_on(
    prepared, recipe_file, stages, stage, override, changes
):
    plain = prepared.digest(stages[stage], load_recipe(recipe_file))
    other = prepared.digest(stages[stage], load_recipe(recipe_file, [override]))
    assert (plain != other) is changes


def test_of_a_folder_only_the_file_that_changed_is_made_again(prepared, tmp_path, stages):
    stage = stages["round-1/sample"]
    folder = tmp_path / stage.writes[0]
    folder.mkdir(parents=True)
    for name in ("a", "b"):
        (folder / name).write_text(name)
    prepared.record(stage, "digest", seconds=1.0)
    assert prepared.is_done(stage, "digest")
    (folder / "b").write_text("damaged")
    assert not prepared.is_done(stage, "digest")
    assert [path.name for path in folder.iterdir()] == ["a"]


def test_a_digest_changes_with_the_models_files_and_the_stages_inputs(
    tmp_path, prepared, recipe_file, stages
):
    recipe, stage = load_recipe(recipe_file), stages["round-0/test"]
    plain = prepared.digest(stage, recipe)
    prepared.inputs["model.name"] = "another"
    assert prepared.digest(stage, recipe) != plain
    prepared.inputs["model.name"] = "m"
    (tmp_path / stage.inputs.test).write_text("other rows")
    prepared.record(stages["prepare"], "d", seconds=1.0)
    assert prepared.digest(stage, recipe) != plain


def test_a_broken_ledger_is_reported_in_one_line_and_left_alone(tmp_path):
    (tmp_path / "ledger.json").write_text('{"stages": ')
    with pytest.raises(UserError, match=r"ledger.json: a ledger that cannot be read"):
        Ledger(tmp_path)
    assert (tmp_path / "ledger.json").read_text() == '{"stages": '


def test_the_ledger_is_json_that_a_person_can_read(tmp_path, prepared):
    stored = json.loads((tmp_path / "ledger.json").read_text())
    assert stored["stages"]["prepare"]["seconds"] == 1.0
    assert set(stored["stages"]["prepare"]["outputs"]) == {
        "data/train.parquet",
        "data/validation.parquet",
        "data/test.parquet",
        "data/lengths.json",
    }
