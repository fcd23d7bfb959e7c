from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from eval_predict.errors import UserError
from iwsi.recipe.load import differing_keys, dump_recipe, load_recipe

MINIMAL = {
    "task": {
        "name": "t",
        "train": {"path": "train.jsonl"},
        "validation": {"path": "validation.jsonl"},
        "test": {"path": "org/benchmark"},
    },
    "model": {"name": "org/model"},
}


@pytest.fixture
def minimal(tmp_path: Path) -> Path:
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(MINIMAL), encoding="utf-8")
    return path


def test_command_line_wins_over_file_which_wins_over_default(minimal):
    minimal.write_text(yaml.safe_dump(MINIMAL | {"filter": {"keep": 0.5, "tie": "first"}}))
    recipe = load_recipe(minimal, ["filter.keep=0.6", "seed=3"])
    assert (recipe.filter.keep, recipe.filter.tie, recipe.filter.method) == (0.6, "first", "iwsi")
    assert recipe.seed == 3


def test_a_recipe_cannot_be_changed_once_loaded(minimal):
    with pytest.raises(ValidationError, match="frozen"):
        load_recipe(minimal).seed = 1


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("seed: [1", "at line 1"),
        ("seed: 1\nseed: 2\n", "'seed' stands twice"),
        ("- 1\n", "expected a mapping"),
        ("", "expected a mapping"),
    ],
)
def test_a_file_that_is_no_recipe_is_reported_in_one_line(tmp_path, text, fault):
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        load_recipe(path)
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


def test_merge_keys_and_control_characters_are_read_or_refused(tmp_path):
    path = tmp_path / "recipe.yaml"
    text = yaml.safe_dump(MINIMAL) + "filter: &f {keep: 0.5}\n"
    path.write_text(text.replace("filter: &f", "x: &f") + "filter: {<<: *f, keep: 0.7}\n")
    with pytest.raises(UserError, match=r"recipe.yaml: x: a key that recipes do not have"):
        load_recipe(path)
    path.write_text("seed: \x01")
    with pytest.raises(UserError, match="expected valid YAML"):
        load_recipe(path)


def test_a_missing_recipe_points_to_those_that_ship(tmp_path):
    with pytest.raises(UserError, match="iwsi recipes"):
        load_recipe(tmp_path / "none.yaml")


def test_the_resolved_recipe_reads_back_as_the_same(minimal, tmp_path):
    recipe = load_recipe(minimal, ["train.lora.target_modules=[q_proj, v_proj]"])
    resolved = tmp_path / "resolved.yaml"
    resolved.write_text(dump_recipe(recipe), encoding="utf-8")
    assert load_recipe(resolved) == recipe
    assert "temperature: 1.1" in resolved.read_text()  # defaults are spelled out


def test_differing_keys_are_named_with_both_values(minimal):
    ours, theirs = load_recipe(minimal, ["seed=1", "train.lora.r=8"]), load_recipe(minimal)
    assert differing_keys(ours, theirs) == ["seed: 0 -> 1", "train.lora.r: 64 -> 8"]
    assert differing_keys(ours, ours) == []


def test_paths_are_relative_to_the_recipe_and_hub_ids_stay(minimal, tmp_path, monkeypatch):
    (tmp_path / "train.jsonl").write_text("{}")
    monkeypatch.chdir("/")
    recipe = load_recipe(minimal, [])
    assert recipe.task.train.path == str(tmp_path / "train.jsonl")
    assert recipe.task.test.path == "org/benchmark"
    assert recipe.model.name == "org/model"


def test_a_name_in_the_file_is_never_taken_from_the_working_directory(
    minimal, tmp_path, monkeypatch
):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "org" / "model").mkdir(parents=True)
    (elsewhere / "train.jsonl").write_text("{}")
    monkeypatch.chdir(elsewhere)
    recipe = load_recipe(minimal, ["seed=1"])
    assert recipe.model.name == "org/model"
    assert recipe.task.train.path == str(tmp_path / "train.jsonl")


def test_a_path_in_an_override_is_relative_to_the_working_directory(minimal, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "m").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert load_recipe(minimal, ["model.name=m"]).model.name == str(tmp_path / "elsewhere" / "m")


def test_a_reward_model_folder_is_relative_to_the_recipe_and_a_hub_id_is_none(minimal):
    rule = {"method": "rm", "reward_model": "./reward"}
    minimal.write_text(yaml.safe_dump(MINIMAL | {"filter": rule}))
    recipe = load_recipe(minimal)
    assert recipe.filter.reward_model == str(minimal.parent / "reward")
    again = load_recipe(minimal, ["filter.reward_model=org/reward"])
    assert again.filter.reward_model == "org/reward"


def test_a_recipe_that_ships_is_found_by_its_name_and_a_near_miss_is_named():
    assert load_recipe(Path("tiny_arith")).task.name == "tiny_arith"
    with pytest.raises(UserError, match=r'Did you mean "tiny_arith"\?'):
        load_recipe(Path("tiny_arit"))
