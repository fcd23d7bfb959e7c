from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from pydantic import ValidationError

from eval_predict.errors import UserError
from iwsi.recipe.filter import filter_section
from iwsi.recipe.load import RecipeError, differing_keys, dump_recipe, load_recipe
from iwsi.recipe.shipped import shipped_recipes

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


@pytest.mark.parametrize("shipped", shipped_recipes(), ids=lambda shipped: shipped.name)
def test_every_shipped_recipe_loads_and_says_how_it_is_launched(shipped):
    load_recipe(shipped.path)
    first, second = shipped.path.read_text().splitlines()[:2]
    assert first.startswith(f"# Launch:    iwsi run recipes/{shipped.name}.yaml")
    assert second.startswith("# Override:")
    assert shipped.about


def test_the_two_anli_recipes_differ_in_name_and_splits_only():
    first, second = (load_recipe(ROOT / "recipes" / f"anli_r{number}.yaml") for number in (1, 2))
    keys = {line.partition(":")[0] for line in differing_keys(first, second)}
    splits = {f"task.{split}.split" for split in ("train", "validation", "test")}
    assert keys == {"task.name", *splits}


def test_command_line_wins_over_file_which_wins_over_default(minimal):
    minimal.write_text(yaml.safe_dump(MINIMAL | {"filter": {"keep": 0.5, "tie": "first"}}))
    recipe = load_recipe(minimal, ["filter.keep=0.6", "seed=3"])
    assert (recipe.filter.keep, recipe.filter.tie, recipe.filter.method) == (0.6, "first", "iwsi")
    assert recipe.seed == 3


def test_a_recipe_cannot_be_changed_once_loaded(minimal):
    with pytest.raises(ValidationError, match="frozen"):
        load_recipe(minimal).seed = 1


@pytest.mark.parametrize(
    ("override", "line"),
    [
        (
            "filter.kep=0.5",
            "command line: filter.kep: got-key; expected one of method, tie, min_votes, "
            "min_vote_accuracy, "
            "max_per_question, batch_tokens, processes, cluster, loss_over, keep. "
            'Did you mean "filter.keep"?',
        ),
        ("filter.keep=1.5", "command line: filter.keep: 1.5; expected less than or equal to 1"),
        ("filter={keep: 2}", "command line: filter.keep: 2; expected less than or equal to 1"),
        ("filter=5", "command line: filter: 5; expected a section with keys"),
        (
            "filter={method: rm, reward_model: ''}",
            "command line: filter.reward_model: ''; expected at least 1 character",
        ),
        (
            "sample.engine=vlm",
            "command line: sample.engine: 'vlm'; expected 'auto', 'vllm'",
        ),
        (
            "train.micro_batch_size=5",
            "train: batch_size (16) is no multiple of micro_batch_size (5)",
        ),
        ("seed", "command line: 'seed'; expected an override such as filter.keep=0.6"),
        (
            "seed.x=1",
            "command line: seed.x: seed is 0; expected a section with keys",
        ),
    ],
)
def test_a_fault_is_one_line_with_place_value_and_what_was_expected(minimal, override, line):
    minimal.write_text(yaml.safe_dump(MINIMAL | {"seed": 0}))
    with pytest.raises(UserError) as caught:
        load_recipe(minimal, [override])
    message = str(caught.value).replace("a key that recipes do not have", "got-key")
    assert line in message
    assert "\n" not in message


def test_every_fault_is_named_at_once(minimal):
    with pytest.raises(RecipeError) as caught:
        load_recipe(minimal, ["sample.n=0", "rounds=none", "filter.keep=2"])
    assert len(caught.value.errors) == 3
    assert "sample.n" in str(caught.value)
    assert "Faults also in: filter.keep, rounds" in str(caught.value)


def test_a_fault_in_the_file_names_the_file(minimal):
    minimal.write_text(yaml.safe_dump({"task": MINIMAL["task"]}))
    with pytest.raises(UserError, match=r"recipe.yaml: model: nothing; expected a value"):
        load_recipe(minimal)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("seed: [1", "at line 1"),
        ("seed: 1\nseed: 2\n", "'seed' stands twice"),
        ("- 1\n", "expected a mapping"),
        ("", "expected a mapping"),
    ],
)
def test_a_file_that_is_no_recipe_is_told_in_one_line(tmp_path, text, fault):
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        load_recipe(path)
    assert fault in str(caught.value)
    assert "\n" not in str(caught.value)


def test_merge_keys_and_control_characters_are_read_or_told(tmp_path):
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


def test_a_gguf_file_is_relative_to_the_recipe(minimal, tmp_path):
    values = yaml.safe_load(minimal.read_text()) | {"model": {"gguf": "small.Q4_1.gguf"}}
    minimal.write_text(yaml.safe_dump(values))
    loaded = load_recipe(minimal)
    assert loaded.model.gguf == str(tmp_path / "small.Q4_1.gguf")
    minimal.write_text(dump_recipe(loaded))  # its name is empty, and no folder's
    assert load_recipe(minimal) == loaded


def test_a_reward_model_folder_is_relative_to_the_recipe_and_a_hub_id_is_none(minimal):
    rule = {"method": "rm", "reward_model": "./reward"}
    minimal.write_text(yaml.safe_dump(MINIMAL | {"filter": rule}))
    recipe = load_recipe(minimal)
    assert recipe.filter.reward_model == str(minimal.parent / "reward")
    again = load_recipe(minimal, ["filter.reward_model=org/reward"])
    assert again.filter.reward_model == "org/reward"


def test_a_key_of_another_filter_is_refused_with_the_filters_that_have_it(minimal):
    with pytest.raises(UserError) as caught:
        load_recipe(minimal, ["filter={method: lmsi, keep: 0.1}"])
    assert str(caught.value) == (
        "command line: filter.keep: 0.1 with filter.method=lmsi, which does not use it; expected a "
        "method that has it: vote_share, confidence, self, rm, iwsi, iwsi_length, iwsi_one_sided, "
        "iwsi_right_answers, auto, density, balanced, random. Choose one of these methods, or take "
        "filter.keep out."
    )


def test_another_filter_by_override_alone_says_how_to_replace_the_section(minimal):
    minimal.write_text(yaml.safe_dump(MINIMAL | {"filter": {"method": "iwsi", "keep": 0.5}}))
    with pytest.raises(UserError, match=r"write filter='\{method: entropy\}' instead of"):
        load_recipe(minimal, ["filter.method=entropy"])
    changed = load_recipe(minimal, ["filter={method: entropy, max_entropy: 0.2}"])
    assert changed.filter == filter_section("entropy", max_entropy=0.2)


def test_an_unknown_filter_is_refused_with_the_nearest(minimal):
    with pytest.raises(UserError, match='Did you mean "conformal"'):
        load_recipe(minimal, ["filter.method=conformel"])


def test_a_study_gives_each_filter_those_keys_of_the_section_that_it_has(minimal):
    minimal.write_text(yaml.safe_dump(MINIMAL | {"filter": {"keep": 0.5, "tie": "first"}}))
    assert load_recipe(minimal, filter_method="lmsi").filter == filter_section("lmsi", tie="first")
    balanced = load_recipe(minimal, filter_method="balanced").filter
    assert balanced == filter_section("balanced", keep=0.5, tie="first")
    with pytest.raises(UserError, match=r"filter\.kepe"):  # no filter has that one
        load_recipe(minimal, ["filter.kepe=1"], filter_method="lmsi")


@pytest.mark.parametrize("name", ["../up", "a/b", "/etc", "..", "", "a\\b", "a\nb", "\x1b[2J"])
def test_a_task_name_that_leaves_its_folder_is_refused(minimal, name):
    values = MINIMAL | {"task": MINIMAL["task"] | {"name": name}}
    minimal.write_text(yaml.safe_dump(values))
    with pytest.raises(UserError, match=r"task\.name: .*write it without slashes"):
        load_recipe(minimal)


@pytest.mark.parametrize("name", ["gsm8k", "my task", "[red]x", "日本語", "v1.5"])
def test_other_task_names_are_taken(minimal, name):
    values = MINIMAL | {"task": MINIMAL["task"] | {"name": name}}
    minimal.write_text(yaml.safe_dump(values))
    assert load_recipe(minimal).task.name == name


def test_a_section_that_only_the_command_line_names_is_its_fault(recipe_file):
    with pytest.raises(UserError, match=r'^command line: filtr: .*Did you mean "filter"'):
        load_recipe(recipe_file, ["filtr.method=iwsi"])
