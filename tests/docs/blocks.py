"""Code and commands of the documentation's pages."""

import re
from pathlib import Path

from conftest import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_PROGRAMS = re.compile(r"^(?:\.venv/bin/)?(iwsi|eval-predict) ")


def fenced(page: Path, language: str) -> list[str]:
    """The page's blocks in a language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def commands(page: Path) -> list[str]:
    """Lines of the page's code blocks that run one of our programs, without their comments."""
    found, fence = [], ""
    whole = re.sub(r"\\\n\s*", "", page.read_text(encoding="utf-8"))  # a command over two lines
    for line in whole.splitlines():
        if line.startswith("```"):
            fence = "" if fence else line.removeprefix("```") or "text"
        elif fence == "sh" or (not fence and line.startswith("    ")):
            text = re.sub(r"\s+#.*", "", line.strip())
            if _PROGRAMS.match(text):
                found.append(text.removeprefix(".venv/bin/"))
    return found
