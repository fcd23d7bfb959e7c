"""The wheel in an environment of its own, where nothing is installed that loads models."""

import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv

import pytest
from conftest import ROOT

from eval_predict.errors import TRAIN_PACKAGES, missing_package

# What only the extras have is not found, as where it is not installed.
BLOCKER = """
import sys
from importlib.machinery import PathFinder

class Others:
    def find_spec(self, name, path=None, target=None):
        blocked = name.partition(".")[0] in {blocked!r}
        return None if blocked else PathFinder.find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Others()
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """The folder of the programs that the wheel has installed."""
    folder = tmp_path_factory.mktemp("wheel")
    code = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT, check=True)
    [wheel] = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "-q"]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", str(wheel)], check=True)
    [site] = (folder / "venv" / "lib").glob("python*/site-packages")
    # Dependencies come from this environment; it is searched after the wheel's own files.
    (site / "zz_dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    blocked = sorted(TRAIN_PACKAGES | {"vllm", "ray", "deepspeed", "sentence_transformers"})
    (site / "sitecustomize.py").write_text(BLOCKER.format(blocked=blocked))
    return python.parent


def _run(programs, *command, cwd):
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd)}
    return subprocess.run(
        [str(programs / command[0]), *command[1:]],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_the_wheel_lists_its_recipes_and_knows_its_version(programs, tmp_path):
    done = _run(programs, "iwsi", "recipes", "ls", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "tiny_arith" in done.stdout
    assert str(programs.parent) in done.stdout  # the wheel's own files, not the repository's


def test_eval_predict_needs_nothing_of_the_extras(programs, tmp_path):
    rows = [f"m{m},q{q},{(m + q) % 3 == 0:d}" for m in range(12) for q in range(60)]
    (tmp_path / "scores.csv").write_text("\n".join(["model,item,score", *rows]) + "\n")
    summary = _run(programs, "eval-predict", "summary", "scores.csv", cwd=tmp_path)
    assert summary.returncode == 0, summary.stderr
    command = ["select", "scores.csv", "--budget", "10", "--out", "items.json"]
    assert _run(programs, "eval-predict", *command, cwd=tmp_path).returncode == 0


def test_a_command_that_loads_a_model_says_what_to_install(programs, tmp_path):
    done = _run(programs, "iwsi", "validate", "tiny_arith", cwd=tmp_path)
    assert done.returncode == 2
    [line] = done.stderr.strip().splitlines()
    assert "which is not installed" in line
    assert "pip install 'iwsi[train]'" in line


def test_the_packages_that_are_called_the_extras_are_in_the_extra_alone():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {re.match(r"[\w-]+", line)[0] for line in project["dependencies"]}
    extra = {re.match(r"[\w-]+", line)[0] for line in project["optional-dependencies"]["train"]}
    assert extra == set(TRAIN_PACKAGES)
    assert not names & extra


def test_other_missing_modules_are_faults_of_ours():
    assert missing_package(ModuleNotFoundError("no", name="iwsi.nothing")) is None
    assert missing_package(ValueError("no")) is None
    assert "iwsi[train]" in str(missing_package(ModuleNotFoundError("no", name="torch.nn")))
