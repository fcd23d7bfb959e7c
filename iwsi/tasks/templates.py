"""Jinja templates over rows, in a sandbox that bounds what a template can do."""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from jinja2 import StrictUndefined, TemplateError, Undefined, meta, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from eval_predict.errors import UserError, nearest

ROW = "row"  # a template's name for the whole row: {{ row["Correct Answer"] }}

_LONGEST_TEMPLATE = 100_000  # characters, which are compiled in under a second
_MOST_CHARACTERS = 10_000_000  # of one rendered text, or of a value on the way to it
_MOST_SECONDS = 5.0  # of one row
_MOST_BITS = 100_000  # of a power
_MOST_STEPS = 1_000_000  # of all ranges of one template and row

_FAULTS = (
    TemplateError,
    TypeError,
    ValueError,
    LookupError,
    ArithmeticError,
    MemoryError,
    RecursionError,
    NameError,  # Jinja writes 1e999 into its code as inf
)


def render(
    template: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    field: str,
    where: str,
    numbers: Sequence[int] | None = None,
    escape: Callable[[str], str] | None = None,
) -> list[str]:
    """A Jinja template filled in from each row.

    A column goes by its name, and in any case as `row["its name"]`. Every row needs a value in
    the columns that the template names, but for one that it asks about with `is defined`,
    `default` or an `if`.

    Args:
        template: In Jinja's syntax.
        rows: Columns by name.
        field: The recipe's key that holds the template.
        where: The file of the rows.
        numbers: The rows' numbers in it, for errors; None: from 1 on.
        escape: What is made of each value before it is put in; None: nothing.

    Raises:
        UserError: the template is not valid, asks for a column or a value that a row does not
            have, or takes more room or time than a text can need; the last three name the row.
    """
    rows = list(rows)
    numbers = range(1, len(rows) + 1) if numbers is None else numbers
    environment = _Sandbox(escape)
    if len(template) > _LONGEST_TEMPLATE:
        raise UserError(
            field=field,
            got=f"{len(template):,} characters",
            expected=f"a Jinja template of at most {_LONGEST_TEMPLATE:,}",
            fix="Put long texts into the rows, or into task.few_shot.",
        )
    try:
        parsed = environment.parse(template)
        compiled = environment.from_string(template)
    except (TemplateError, MemoryError, RecursionError, OverflowError, ValueError) as error:
        raise UserError(field=field, got=str(error), expected="a Jinja template") from None
    named = meta.find_undeclared_variables(parsed) - {ROW}
    optional = _optional(parsed)
    for column in sorted(named - optional):
        _require_column(column, rows, numbers, field, where)
    given = dict.fromkeys(named & _conditions_of(parsed))
    texts = []
    for number, row in zip(numbers, rows, strict=True):
        values = {ROW: row, **given, **row}
        try:
            texts.append(environment.text(compiled, values))
        except _FAULTS as error:
            raise UserError(
                where=where,
                field=f"row {number}, {field}",
                got=str(error) or type(error).__name__,
                expected="a template that fits every row",
            ) from None
    return texts


def columns_of(template: str) -> frozenset[str]:
    """The columns that a valid template names, other than through `row`."""
    return frozenset(meta.find_undeclared_variables(_Sandbox(None).parse(template))) - {ROW}


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, with bounds on sizes and time, and keys before methods of a mapping."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, escape: Callable[[str], str] | None) -> None:
        super().__init__(
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            finalize=lambda value: _shown(value, escape),
        )
        self.code_generator_class = _Concatenation
        for name in ("namespace", "lipsum", "cycler", "joiner"):
            self.globals.pop(name, None)
        self.globals["range"] = self._range
        self.globals[_JOIN] = self._joined
        for name in ("center", "indent", "format", "wordwrap"):
            self.filters.pop(name, None)
        self.filters["default"] = self.filters["d"] = _default
        self.filters["replace"] = self._replaced
        self._steps = 0

    def text(self, template: Any, values: Mapping[str, Any]) -> str:
        """The rendered text, given up where it grows or takes too long."""
        self._steps = 0
        begin, size, parts = time.monotonic(), 0, []
        for part in template.generate(values):
            parts.append(part)
            size += len(part)
            self._check(size)
            if time.monotonic() - begin > _MOST_SECONDS:
                raise SecurityError(f"more than {_MOST_SECONDS:g} seconds for one row")
        return "".join(parts)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A mapping's own key first: `choices.items` is a column, not a method."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def wrap_str_format(self, value: Any) -> None:
        """Wrap nothing: `is_safe_attribute` refuses a text's `format`."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Refuse the methods that pad a text to any length."""
        if isinstance(obj, str) and attr in _WIDENING:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def call(self, context: Any, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """A call; a text's `replace` and `join` are bounded."""
        owner = getattr(obj, "__self__", None)
        if isinstance(owner, str) and args:
            if obj.__name__ == "replace":
                return self._replaced(owner, *args, **kwargs)
            if obj.__name__ == "join":
                parts = [str(part) for part in args[0]]
                self._check(len(owner) * len(parts) + sum(map(len, parts)))
                return owner.join(parts)
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """An operation whose result is of a bounded size."""
        if operator == "*":
            for one, other in ((left, right), (right, left)):
                if isinstance(one, str | list | tuple) and isinstance(other, int):
                    self._check(len(one) * max(other, 0))
        if operator in "***" and isinstance(left, int) and isinstance(right, int):
            bits = left.bit_length()
            bits = bits * abs(right) if operator == "**" else bits + right.bit_length()
            if bits > _MOST_BITS:
                raise SecurityError("a number of too many digits")
        if operator == "+" and isinstance(left, str | list) and isinstance(right, str | list):
            self._check(len(left) + len(right))
        if operator == "%" and isinstance(left, str):
            raise SecurityError("% of a text; write the text around the value instead")
        return super().call_binop(context, operator, left, right)

    def _check(self, size: int) -> None:
        if size > _MOST_CHARACTERS:
            raise SecurityError(f"more than {_MOST_CHARACTERS:,} characters for one row")

    def _range(self, *bounds: int) -> range:
        steps = range(*bounds)
        self._steps += len(steps)
        if self._steps > _MOST_STEPS:
            raise SecurityError(f"ranges of more than {_MOST_STEPS:,} steps for one row")
        return steps

    def _replaced(self, value: Any, old: str, new: str, count: int = -1) -> str:
        text = str(value)
        times = text.count(old) if count < 0 else min(text.count(old), count)
        self._check(len(text) + times * max(len(new) - len(old), 0))
        return text.replace(old, new, -1 if count is None else count)

    def _joined(self, *values: Any) -> str:
        texts = [str(value) for value in values]
        self._check(sum(map(len, texts)))
        return "".join(texts)


_JOIN = "_joined"  # the sandbox's function behind the operator ~
_WIDENING = frozenset(
    {"ljust", "rjust", "center", "zfill", "expandtabs", "format", "format_map", "translate"}
)


def _shown(value: Any, escape: Callable[[str], str] | None) -> Any:
    """A value as it is inserted into a text: lists and objects as JSON."""
    if value is None:
        raise SecurityError("nothing (null) where the template puts a value")
    if isinstance(value, dict | list | tuple):
        value = json.dumps(value, ensure_ascii=False, default=str)
    return value if escape is None else escape(str(value))


def _default(value: Any, default_value: Any = "", boolean: bool = False) -> Any:
    """Jinja's `default`, for which an empty cell is no value either."""
    missing = value is None or isinstance(value, Undefined) or (boolean and not value)
    return default_value if missing else value


class _Concatenation(CodeGenerator):
    """Code in which `a ~ b` is a call of the sandbox's, which bounds its size."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        """Compile it as a call of the function of that name."""
        self.write("environment.globals[")
        self.write(repr(_JOIN))
        self.write("](")
        for value in node.nodes:
            self.visit(value, frame)
            self.write(", ")
        self.write(")")


def _optional(template: nodes.Template) -> set[str]:
    """Columns that a row need not have a value in."""
    tests = (test.node for test in template.find_all(nodes.Test) if test.name == "defined")
    filters = (
        found.node for found in template.find_all(nodes.Filter) if found.name in ("default", "d")
    )
    named = {node.name for node in (*tests, *filters) if isinstance(node, nodes.Name)}
    return named | _conditions_of(template)


def _conditions_of(template: nodes.Template) -> set[str]:
    """Columns whose value alone an `if` depends on, such as `{% if input %}`."""
    found: list[Any] = [*template.find_all(nodes.If), *template.find_all(nodes.CondExpr)]
    conditions = [branch.test for branch in found]
    tested = [n.node if isinstance(n, nodes.Not) else n for n in conditions]
    return {node.name for node in tested if isinstance(node, nodes.Name)}


def _require_column(
    column: str,
    rows: Sequence[Mapping[str, Any]],
    numbers: Sequence[int],
    field: str,
    where: str,
) -> None:
    found = list(dict.fromkeys(name for row in rows for name in row))
    if column in found:
        empty = next((i for i, row in enumerate(rows) if row.get(column) is None), None)
        if empty is not None:
            raise UserError(
                where=where,
                field=f"row {numbers[empty]}, column {column}",
                got="nothing",
                expected=f"a value, which {field} asks for",
                fix="Fill in the value, or remove the row.",
            )
        return
    near = nearest(column, found)
    raise UserError(
        where=where,
        field=field,
        got=f'no column "{column}"',
        expected=f"one of {', '.join(found)}",
        fix=f'Did you mean "{near}"?' if near else None,
    )
