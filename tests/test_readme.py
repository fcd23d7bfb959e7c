"""What README shows works."""

import re
import subprocess
import sys

from conftest import ROOT

from iwsi.recipe.load import load_recipe

README = (ROOT / "README.md").read_text(encoding="utf-8")


def _block(language):
    return re.search(rf"```{language}\n(.*?)```", README, re.DOTALL).group(1)


def test_its_recipe_is_one(tmp_path):
    (tmp_path / "gsm8k.yaml").write_text(_block("yaml"), encoding="utf-8")
    recipe = load_recipe(tmp_path / "gsm8k.yaml", ["filter.keep=0.7"])
    assert recipe.model.name == "meta-llama/Llama-3.1-8B"
    assert recipe.task.validation.path == str(tmp_path / "my_rationales.jsonl")


def test_its_python_gives_what_the_comments_say():
    code, shown = [], []
    for line in _block("python").splitlines():
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
