"""Every error that the code can end with in one line, read from its source."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("iwsi", "eval_predict")
FIELDS = ("where", "field", "got", "expected", "fix")


class Message(NamedTuple):
    """One place that raises a user's error; a … stands for what only the case knows."""

    room: str  # the package, or the folder in it
    where: str
    field: str
    got: str
    expected: str
    fix: str


def messages() -> list[Message]:
    """All of them, by room; each once."""
    found = {
        message
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for message in _of_file(path)
    }
    return sorted(found)


def page() -> str:
    """The page of errors in Markdown."""
    parts = [
        "# Errors",
        "Every error in what you gave ends a command in one line with exit code 2: where, the key "
        "or option, what was found, what was expected, and how to mend it. This list is read from "
        "the source when the site is built; … stands for what is known only when it happens. "
        "[Troubleshooting](troubleshooting.md) tells the frequent ones at more length.",
    ]
    room = ""
    for message in messages():
        if message.room != room:
            room = message.room
            parts.append(f"## {room}")
        place = ": ".join(filter(None, (message.where, message.field)))
        head = f"**{_plain(place)}** " if place else ""
        line = f"- {head}found: {_plain(message.got)}; expected: {_plain(message.expected)}."
        parts.append(line + (f" *{_plain(message.fix)}*" if message.fix else ""))
    return "\n\n".join(parts) + "\n"


def _of_file(path: Path) -> Iterator[Message]:
    relative = path.relative_to(ROOT)
    room = "/".join(relative.parts[:2]).removesuffix(".py")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and _name(node.func) == "UserError":
            given = {keyword.arg: _text(keyword.value) for keyword in node.keywords if keyword.arg}
            if "got" in given and "expected" in given:
                yield Message(room, *(given.get(field, "") for field in FIELDS))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> str:
    """A text as the source has it; a … stands for what is computed."""
    match node:
        case ast.Constant(value=None):
            return ""
        case ast.Constant(value=value):
            return str(value)
        case ast.JoinedStr(values=values):
            return "".join(_text(value) for value in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left) + _text(right)
        case ast.IfExp(body=body, orelse=other):
            texts = [text for text in (_text(body), _text(other)) if text]
            return " / ".join(dict.fromkeys(texts))
    return "…"


def _plain(text: str) -> str:
    """Markdown that shows the text as it is."""
    for character in "\\`*_[]<>|#":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())
