from pathlib import Path

import pytest
import yaml

from iwsi.recipe.load import dump_recipe, load_recipe

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


def test_a_gguf_file_is_relative_to_the_recipe(minimal, tmp_path):
    values = yaml.safe_load(minimal.read_text()) | {"model": {"gguf": "small.Q4_1.gguf"}}
    minimal.write_text(yaml.safe_dump(values))
    loaded = load_recipe(minimal)
    assert loaded.model.gguf == str(tmp_path / "small.Q4_1.gguf")
    minimal.write_text(dump_recipe(loaded))  # its name is empty, and no folder's
    assert load_recipe(minimal) == loaded
