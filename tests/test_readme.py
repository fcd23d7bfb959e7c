"""What README shows works."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

from conftest import ROOT
from typer.testing import CliRunner
from worlds import rasch_world

import eval_predict.cli
from eval_predict import write_matrix
from iwsi.recipe.load import load_recipe

README = (ROOT / "README.md").read_text(encoding="utf-8")


def _block(language, holds=""):
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return next(block for block in blocks if holds in block)


def test_its_recipe_is_one(tmp_path):
    (tmp_path / "gsm8k.yaml").write_text(_block("yaml"), encoding="utf-8")
    recipe = load_recipe(tmp_path / "gsm8k.yaml", ["filter.keep=0.7"])
    assert recipe.model.name == "meta-llama/Llama-3.1-8B"
    assert recipe.task.validation.path == str(tmp_path / "my_rationales.jsonl")


def test_its_python_gives_what_the_comments_say():
    code, shown = [], []
    for line in _block("python", holds="ds_weight").splitlines():
        expression, _, comment = line.partition("#")
        code.append(f"print(({expression}).tolist())" if comment else expression)
        shown += [comment.strip()] if comment else []
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(code)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == shown
    assert len(shown) == 2


def test_its_links_lead_somewhere():
    for target in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (ROOT / target).exists(), target


def test_its_commands_are_those_that_its_figures_are_of(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    matrix = rasch_world()
    write_matrix(matrix, Path("logs"))
    lines = re.findall(r"^eval-predict (.*?)\s+#", README, re.MULTILINE)
    summary, select, following, predict = (shlex.split(line) for line in lines)
    assert "| the new model | `auto` |" in README
    assert select[select.index("--design") + 1] == "auto"

    def run(arguments):
        result = CliRunner().invoke(eval_predict.cli.app, arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def score(name):
        record = json.loads(Path(name).read_text())
        for item in record["items"]:
            item["score"] = float(matrix.dense_MN()[0, matrix.items.index(item["item"])])
        Path(name).write_text(json.dumps(record))

    run(summary)
    run(select)
    score("0.json")
    run(following)
    score("1.json")
    observed, stages = ["--observed", "0.json", "--observed", "1.json"], 2
    while run([*following[:2], *observed, "--out", f"{stages}.json"]) != "done\n":
        score(f"{stages}.json")
        observed, stages = [*observed, "--observed", f"{stages}.json"], stages + 1
    assert stages == 4
    assert run([*predict[:2], *observed, "--json"]).count('"n_observed": 50') == 1
