"""docs/tutorial.md: its commands run one after the other; slow, since they train three times."""

import os
import shlex
import subprocess
import sys

import pytest
import yaml
from conftest import ROOT
from docs.blocks import commands

from iwsi.recipe.load import load_recipe

PAGE = ROOT / "docs" / "tutorial.md"
SMALL = [
    "task.train.size=24",
    "task.validation.size=40",
    "task.test.size=20",
    "sample.engine=transformers",
    "sample.n=4",
    "train.epochs=1",
    "train.learning_rate=1e-3",
    "gate=null",
    "audit.rows=40",
]


@pytest.mark.slow
def test_the_commands_run_one_after_the_other(tmp_path):
    for line in commands(PAGE):
        done = subprocess.run(
            [sys.executable, "-m", "iwsi", *shlex.split(line)[1:]],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        if " recipes cp " in line:  # as the page, with what a test can afford
            recipe = load_recipe(tmp_path / "arith.yaml", SMALL)
            values = recipe.model_dump(mode="json")
            (tmp_path / "arith.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    assert "train.learning_rate" in (tmp_path / "compared.html").read_text(encoding="utf-8")
    assert (tmp_path / "arith-model" / "model.safetensors").is_file()
