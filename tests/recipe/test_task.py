from pathlib import Path

import pytest
import yaml

from eval_predict.errors import UserError
from iwsi.recipe.load import load_recipe

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
