"""The Dockerfiles, read: no image is built here, but the wheel is, from what they copy."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT

FOLDER = ROOT / "scripts" / "docker"
PROGRAMS = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
FILES = sorted(FOLDER.glob("*.Dockerfile"))
INSTRUCTIONS = {"FROM", "RUN", "COPY", "ENV", "USER", "WORKDIR", "ENTRYPOINT", "CMD"}


def instructions(text):
    """Pairs of instruction and argument, lines that go on joined."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    joined = re.sub(r"\\\n\s*", " ", lines)
    return [tuple(line.split(maxsplit=1)) for line in joined.splitlines() if line.strip()]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_dockerfile_follows_the_rules(file):
    found = instructions(file.read_text())
    names = [name for name, _ in found]
    assert set(names) <= INSTRUCTIONS  # no ADD, and nothing that is misspelt
    assert names[0] == "FROM"
    assert re.search(r":[\w.-]*\d", found[0][1])  # a version, not latest (DL3006, DL3007)
    for name, argument in found:
        if name in ("ENTRYPOINT", "CMD"):
            assert argument.startswith("[")  # DL3025
        if name == "RUN" and "apt-get install" in argument:
            assert "--no-install-recommends" in argument  # DL3015
            assert "rm -rf /var/lib/apt/lists/*" in argument  # DL3009
            assert argument.startswith("apt-get update")
        if name == "RUN" and "pip install" in argument:
            assert "--no-cache-dir" in argument  # DL3042
        assert not re.search(r"TOKEN|PASSWORD|SECRET", argument)
    [user] = [argument for name, argument in found if name == "USER"]
    assert f"useradd --create-home --uid {user} iwsi" in file.read_text()  # not root (DL3002)
    assert names.index("USER") < names.index("ENTRYPOINT")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_it_copies_and_installs_is_there(file):
    text = file.read_text()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    for name, argument in instructions(text):
        if name == "COPY":
            for source in argument.split()[:-1]:
                assert (ROOT / source).exists()
                assert f"!{source}" in allowed
    [installed] = re.findall(r'"/src\[([\w,-]+)\]"', text)
    assert set(installed.split(",")) <= set(extras)


@pytest.mark.skipif(shutil.which("hadolint", path=PROGRAMS) is None, reason="no hadolint here")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_hadolint_finds_nothing(file):
    program = shutil.which("hadolint", path=PROGRAMS)
    done = subprocess.run([program, "--no-color", str(file)], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_it_copies_builds_the_wheel(file, tmp_path):
    source = tmp_path / "src"
    source.mkdir()
    for name, argument in instructions(file.read_text()):
        if name == "COPY":
            *origins, target = argument.split()
            for origin in origins:
                copy = source / target.removeprefix("/src").strip("/")
                if (ROOT / origin).is_dir():
                    shutil.copytree(ROOT / origin, copy)
                else:
                    shutil.copy(ROOT / origin, copy)
    code = "from hatchling.build import build_wheel; print(build_wheel('..'))"
    subprocess.run([sys.executable, "-c", code], cwd=source, check=True)
    [wheel] = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"iwsi/cli.py", "eval_predict/cli.py"} <= set(names)
    assert any(name.endswith("recipes/tiny_arith.yaml") for name in names)


def test_there_is_one_for_a_cpu_and_one_for_cuda():
    assert [file.name for file in FILES] == ["cpu.Dockerfile", "cuda.Dockerfile"]
