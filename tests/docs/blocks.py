"""Code and commands of the documentation's pages."""

import re
from pathlib import Path
from typing import NamedTuple

from conftest import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = ("iwsi", "eval-predict")
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Block(NamedTuple):
    """A fenced block: its language and its text."""

    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    """All fenced blocks of a page, in order."""
    return [Block(*found) for found in _FENCED.findall(page.read_text(encoding="utf-8"))]


def fenced(page: Path, language: str) -> list[str]:
    """The page's blocks in a language, in order."""
    return [block.text for block in blocks(page) if block.language == language]


def commands(page: Path) -> list[str]:
    """The page's shell commands in order; a loop over several lines is one command."""
    found: list[str] = []
    for text in fenced(page, "sh"):
        open_loop = False
        for line in re.sub(r"\\\n\s*", "", text).splitlines():
            command = re.sub(r"(^|\s+)#.*", "", line).rstrip().removeprefix(".venv/bin/")
            if open_loop:
                found[-1] += f"\n{command}"
                open_loop = command != "done"
            elif command:
                found.append(command)
                open_loop = command.startswith("for ")
    return found


def of_programs(page: Path) -> list[str]:
    """The commands among them that run `iwsi` or `eval-predict`."""
    return [line for line in commands(page) if line.split()[0] in PROGRAMS]


def inline_commands(page: Path) -> list[str]:
    """Commands of the programs in the page's sentences and tables."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    found = [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", text)]
    return [code for code in found if code.startswith(tuple(f"{name} " for name in PROGRAMS))]
