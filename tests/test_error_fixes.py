"""Every fix of an error is written as a sentence, wherever it stands in the source."""

import ast
from collections.abc import Iterator

import pytest
from conftest import ROOT


def fixes(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Line, beginning and end of each text that is given as `fix=`; what is computed is empty."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "fix":
            for text in _texts(node.value):
                yield text.lineno, _literal(text, 0), _literal(text, -1)


def _texts(value: ast.expr) -> Iterator[ast.expr]:
    """The texts that an expression may come to."""
    match value:
        case ast.IfExp():
            yield from _texts(value.body)
            yield from _texts(value.orelse)
        case ast.BinOp(op=ast.Add()):
            yield ast.JoinedStr(
                values=[
                    ast.Constant(_literal(value.left, 0)),
                    ast.Constant(_literal(value.right, -1)),
                ],
                lineno=value.lineno,
            )
        case ast.Constant(value=str()) | ast.JoinedStr():
            yield value


def _literal(text: ast.expr, place: int) -> str:
    """The first or last literal part of a text; empty where that part is computed."""
    match text:
        case ast.Constant(value=str() as found):
            return found
        case ast.JoinedStr(values=[_, *_] as parts):
            return _literal(parts[place], place)
        case ast.BinOp():
            return _literal(text.left if place == 0 else text.right, place)
    return ""


@pytest.mark.parametrize("root", ["iwsi", "eval_predict"])
def test_a_fix_begins_with_a_capital_and_ends_as_a_sentence(root):
    faults = []
    for path in sorted((ROOT / root).rglob("*.py")):
        for line, begin, end in fixes(ast.parse(path.read_text(encoding="utf-8"))):
            if (begin and begin[0].islower()) or (end and not end.rstrip().endswith((".", "?"))):
                faults.append(f"{path.relative_to(ROOT)}:{line}: {begin!r} … {end!r}")
    assert faults == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('f(fix="Raise it.")', [("Raise it.", "Raise it.")]),
        (
            'f(fix="Raise it" if x else "lower it.")',
            [("Raise it", "Raise it"), ("lower it.", "lower it.")],
        ),
        ('f(fix=f"Add {name}: {path}")', [("Add ", "")]),
        ('f(fix=f"{name} is wrong.")', [("", " is wrong.")]),
        ('f(fix="Did" + g() + ".")', [("Did", ".")]),
        ("f(fix=g())", []),
    ],
)
def test_texts_of_a_fix_are_found(source, found):
    assert [(begin, end) for _, begin, end in fixes(ast.parse(source))] == found
