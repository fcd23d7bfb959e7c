"""Pages of the site that are made from the repository: its own files, the code, the commands.

mkdocs calls `on_files`; a page that is made here is in no folder.
"""

import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

# Files beside docs/ that are pages of the site.
_FILES = {
    "index.md": "README.md",
    "contributing.md": "CONTRIBUTING.md",
    "security.md": "SECURITY.md",
    "changelog.md": "CHANGELOG.md",
}
STYLE = "site.css"
_PAGE_OF = {file: page for page, file in _FILES.items()}


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made."""
    from mkdocs.structure.files import File

    style = (Path(__file__).parent / STYLE).read_text(encoding="utf-8")
    for name, content in (pages() | {STYLE: style}).items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Links out of docs/ lead to the pages that stand for those files, or stay as text."""
    return re.sub(r"\[([^\]]+)\]\(\.\./([^)#]+)\)", _outside, markdown)


def pages() -> dict[str, str]:
    """The pages that are made, by their name in docs/."""
    sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]  # mkdocs takes back what a hook's module adds
    from docs_site import commands, errors, public

    made = {page: _beside(ROOT / file) for page, file in _FILES.items()}
    return made | {
        "errors.md": errors.page(),
        "commands.md": commands.commands_page(),
        "keys.md": commands.keys_page(),
        "api/iwsi.md": public.page("iwsi"),
        "api/eval_predict.md": public.page("eval_predict"),
    }


def _beside(file: Path) -> str:
    """A file of the repository's top with its links as the site has them, named by their titles."""
    text = re.sub(r"\[docs/(\w+\.md)\]", _title, file.read_text(encoding="utf-8"))
    text = text.replace("](docs/", "](")
    for other, page in _PAGE_OF.items():
        text = text.replace(f"]({other})", f"]({page})")
    return text


def _title(match: "re.Match[str]") -> str:
    first = (ROOT / "docs" / match[1]).read_text(encoding="utf-8").partition("\n")[0]
    return f"[{first.removeprefix('# ')}]"


def _outside(match: "re.Match[str]") -> str:
    label, target = match.groups()
    page = _PAGE_OF.get(target)
    return f"[{label}]({page})" if page else f"{label} (`{target}`)"
