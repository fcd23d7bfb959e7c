"""What the site is made from beside docs/: pages of errors, commands and keys; the navigation."""

import ast
import re

import pytest
import yaml
from conftest import ROOT
from docs_site import commands, errors, hooks, public

CONFIG = ROOT / "scripts" / "docs_site" / "mkdocs.yml"


class _Loader(yaml.SafeLoader):
    """YAML with the tags that mkdocs adds, which nothing is made of here."""


_Loader.add_multi_constructor("", lambda *_: None)


def _navigation(entry):
    if isinstance(entry, str):
        return [entry]
    values = entry.values() if isinstance(entry, dict) else entry
    return [page for value in values for page in _navigation(value)]


def test_every_page_of_docs_is_in_the_navigation_and_every_entry_is_a_page():
    listed = _navigation(yaml.load(CONFIG.read_text(), Loader=_Loader)["nav"])  # noqa: S506
    written = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert sorted(listed) == sorted(written | set(hooks.pages()))


def test_the_first_page_leads_to_every_page_and_notebook():
    start = hooks.pages()["index.md"]
    written = [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "examples").glob("*.ipynb")]
    paths = [path.relative_to(ROOT / "docs").as_posix() for path in written]
    assert [path for path in paths if f"]({path})" not in start] == []
    assert "[Using the result](use.md)" in start  # by their titles, not their files' names


def test_every_error_of_the_code_is_listed():
    raised = 0
    for package in errors.PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
            names = [call for call in calls if getattr(call.func, "id", "") == "UserError"]
            raised += sum({"got", "expected"} <= {k.arg for k in call.keywords} for call in names)
    listed = errors.messages()
    assert 300 < len(listed) <= raised
    assert any("no adapter" in message.got for message in listed)
    assert all(message.got and message.expected for message in listed)


def test_the_page_of_errors_shows_texts_as_they_are():
    assert errors._plain("a *b* <c>\n[d]") == r"a \*b\* \<c\> \[d\]"


def test_what_troubleshooting_quotes_is_in_the_code():
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    quoted = [
        text
        for row in re.findall(r"^\| (.*?) \|", page, re.MULTILINE)
        for text in re.findall(r"`([^`]+)`", row)
        if " " in text
    ]
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for package in errors.PACKAGES
        for path in (ROOT / package).rglob("*.py")
    )
    source = re.sub(r'"\s*\n\s*f?"', "", source)  # texts that go over two lines
    pieces = [piece for text in quoted for piece in re.split(r"…|\bN\b|signal 9", text)]
    missing = [p for p in pieces if len(p.strip(" ();:,")) > 3 and p.strip(" ();:,") not in source]
    assert len(quoted) > 15
    assert missing == ["No space left on device"] or missing == []


def test_the_reference_has_every_public_name():
    import eval_predict
    import iwsi

    assert set(public.homes("iwsi")) == set(iwsi.__all__) - {"UserError"}  # eval_predict's
    assert set(public.homes("eval_predict")) == set(eval_predict.__all__)


def test_commands_and_keys_are_pages_too():
    assert "### iwsi export" in commands.commands_page()
    assert "| `train.report_to` | `[]` |" in commands.keys_page()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[c](../CONTRIBUTING.md)", "[c](contributing.md)"),
        ("[m](../recipes/x/README.md)", "m (`recipes/x/README.md`)"),
        ("[r](rows.md)", "[r](rows.md)"),
    ],
)
def test_links_out_of_docs_lead_to_a_page_or_stay_as_text(text, expected):
    assert hooks.on_page_markdown(text) == expected
