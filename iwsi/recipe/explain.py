"""Error messages for keys and values that a recipe's schema refuses."""

import difflib
from collections.abc import Sequence

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from eval_predict.errors import UserError
from iwsi.recipe import Recipe
from iwsi.recipe.filter import DEFAULT, FILTERS, owners
from iwsi.recipe.section import subsection


def explain(detail: ErrorDetails, file: str, overridden: set[str]) -> UserError:
    """The error of one fault.

    Args:
        detail: As pydantic gives it.
        file: The recipe's file.
        overridden: Dotted keys that the command line names.
    """
    keys = [str(part) for part in detail["loc"]]
    method = keys.pop(1) if keys[:1] == ["filter"] and keys[1:2] and keys[1] in FILTERS else DEFAULT
    field = ".".join(keys)
    where = "command line" if _is_overridden(keys, overridden) else file
    match detail["type"]:
        case "extra_forbidden" if keys[:1] == ["filter"] and owners(keys[-1]):
            return _of_another_filter(where, method, keys[-1], detail["input"], overridden)
        case "extra_forbidden":
            names = _keys_of_section(keys[:-1], method)
            near = difflib.get_close_matches(keys[-1], names, n=1, cutoff=0.5)
            return UserError(
                where=where,
                field=field,
                got="a key that recipes do not have",
                expected=f"one of {', '.join(names)}" if names else "no further keys",
                fix=f'Did you mean "{".".join([*keys[:-1], near[0]])}"?' if near else None,
            )
        case "missing":
            return UserError(
                where=file, field=field, got="nothing", expected="a value", fix="Add this key."
            )
        case "union_tag_invalid":
            name = str(detail["ctx"]["tag"])
            near = difflib.get_close_matches(name, FILTERS, n=1)
            return UserError(
                where="command line" if _is_overridden(["filter", "method"], overridden) else file,
                field="filter.method",
                got=repr(name),
                expected=f"one of {', '.join(FILTERS)}",
                fix=f'Did you mean "{near[0]}"?' if near else None,
            )
        case "value_error":
            return UserError(where=where, field=field, got=detail["msg"].split(", ", 1)[-1])
        case _:
            return _of_value(where, field, detail)


# pydantic's words for what a value should be, in those of YAML.
_WORDS = {
    "a valid string": "a text",
    "a valid integer": "a whole number",
    "a valid number": "a number",
    "a valid boolean": "true or false",
    "a valid list": "a list",
    "a valid tuple": "a list",
    "a valid dictionary": "a section with keys",
}


def _of_value(where: str, field: str, detail: ErrorDetails) -> UserError:
    """The error of a value that its key does not take."""
    expected = (
        detail["msg"]
        .removeprefix("Input should be ")
        .partition(", unable")[0]
        .partition(", got ")[0]
    )
    expected = expected.removeprefix("String should have ")
    if detail["type"] in ("model_type", "model_attributes_type"):
        expected = "a section with keys"
    value, fix = detail["input"], None
    if detail["type"] == "string_type" and isinstance(value, int | float):
        fix = "Put it into quotes, which make it a text."
    return UserError(
        where=where,
        field=field,
        got="nothing (null)" if value is None else repr(value),
        expected=_WORDS.get(expected, expected),
        fix=fix,
    )


def _is_overridden(keys: Sequence[str], overridden: set[str]) -> bool:
    """Whether the command line names this key, or a section that it is in."""
    return any(".".join(keys[:depth]) in overridden for depth in range(1, len(keys) + 1))


def _of_another_filter(
    where: str, method: str, key: str, value: object, overridden: set[str]
) -> UserError:
    """The error of a key that the chosen filter does not have and others do."""
    if "filter.method" in overridden:
        fix = (
            f"The recipe's filter section was written for another method. To replace the whole "
            f"section, write filter='{{method: {method}}}' instead of filter.method={method}."
        )
    else:
        fix = f"Choose one of these methods, or take filter.{key} out."
    return UserError(
        where=where,
        field=f"filter.{key}",
        got=f"{value!r} with filter.method={method}, which does not use it",
        expected=f"a method that has it: {', '.join(owners(key))}",
        fix=fix,
    )


def _keys_of_section(keys: Sequence[str], method: str) -> list[str]:
    if keys == ["filter"]:
        return list(FILTERS[method].model_fields)
    section: type[BaseModel] = Recipe
    for key in keys:
        inner = subsection(section.model_fields[key].annotation)
        if inner is None:
            return []
        section = inner
    return list(section.model_fields)
