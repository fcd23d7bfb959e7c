"""Reading a recipe: YAML, `key=value` overrides, and what to say of a faulty one."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from eval_predict.errors import UserError
from eval_predict.file_kinds import kind_of_no_file
from iwsi.recipe import RESOURCE_KEYS, SOURCE_KEYS, Recipe
from iwsi.recipe.explain import explain
from iwsi.recipe.filter import FILTERS, owners
from iwsi.recipe.shipped import find_recipe
from iwsi.recipe.strict_yaml import parse_yaml

# What tells a file of rows from a hub id.
DATA_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".arrow"})


_KINDS = {type(None): "an empty file", list: "a list", str: "a text", bool: "true or false"}
_MOST_BYTES = 1 << 17  # of a recipe, which is read in under a second
_MOST_FIELDS = 20  # that an error names


class RecipeError(UserError):
    """A recipe that does not fit its schema: its first fault in full, then where the others are."""

    def __init__(self, errors: Sequence[UserError]) -> None:
        first = errors[0]
        fields = [str(error.field) for error in errors[1:]]
        others = ", ".join(fields[:_MOST_FIELDS])
        if len(fields) > _MOST_FIELDS:
            others += f" and {len(fields) - _MOST_FIELDS:,} more"
        super().__init__(
            where=first.where,
            field=first.field,
            got=first.got,
            expected=first.expected,
            fix=" ".join(filter(None, (first.fix, others and f"Faults also in: {others}"))) or None,
        )
        self.errors = tuple(errors)


def load_recipe(
    path: Path, overrides: Sequence[str] = (), *, filter_method: str | None = None
) -> Recipe:
    """Read a recipe; `overrides` are dotted `key=value` pairs that win over the file.

    Relative paths become absolute: in the file they are relative to its folder, in an override
    to the working directory.

    Args:
        path: The recipe's file, or the name of one that ships.
        overrides: Such as `filter.keep=0.6`.
        filter_method: A filter in place of the recipe's. It gets those of the section's keys that
            it has; keys of other filters are left out.

    Raises:
        RecipeError: a key or value that the schema refuses.
        UserError: the file cannot be read, or an override is not `key=value`.
    """
    if path.suffix not in (".yaml", ".yml") and not os.path.exists(path):  # noqa: PTH110  # Path raises
        path = find_recipe(str(path))  # by the name of one that ships
    values = read_yaml(path)
    _absolutise(values, path.parent)
    return _with_overrides(values, overrides, str(path), filter_method)


def override(recipe: Recipe, overrides: Sequence[str]) -> Recipe:
    """A copy of a recipe with some keys changed; `overrides` as for `load_recipe`.

    Raises:
        RecipeError: a key or value that the schema refuses.
        UserError: an override is not `key=value`.
    """
    if not overrides:
        return recipe
    return _with_overrides(recipe.model_dump(mode="json"), overrides, recipe.task.name, None)


def _with_overrides(
    values: dict[str, Any], overrides: Sequence[str], where: str, filter_method: str | None
) -> Recipe:
    from_command_line = [_parse_override(text) for text in overrides]
    new_sections = {keys[0] for keys, _ in from_command_line} - set(values)
    for keys, value in from_command_line:
        _set(values, keys, value)
    if filter_method is not None:
        values["filter"] = _keys_of(filter_method, values.get("filter"))
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        given = {".".join(keys) for keys, _ in from_command_line} | new_sections
        raise RecipeError([explain(detail, where, given) for detail in error.errors()]) from None


def _keys_of(method: str, section: object) -> object:
    """The section for another filter, without the keys that only other filters have."""
    if not isinstance(section, dict) or method not in FILTERS:
        return {"method": method}
    fields = FILTERS[method].model_fields
    kept = {key: value for key, value in section.items() if key in fields or not owners(str(key))}
    return {**kept, "method": method}


def dump_recipe(recipe: Recipe) -> str:
    """The recipe with every default spelled out, as YAML."""
    return yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def differing_keys(recipe: Recipe, stored: Recipe) -> list[str]:
    """Each key whose value differs, as `key: stored -> new`.

    `RESOURCE_KEYS` and `SOURCE_KEYS` do not count.
    """
    new, old = dict(_flatten(recipe.model_dump())), dict(_flatten(stored.model_dump()))
    keys = sorted((new.keys() | old.keys()) - RESOURCE_KEYS - SOURCE_KEYS)
    return [f"{k}: {old.get(k)} -> {new.get(k)}" for k in keys if old.get(k) != new.get(k)]


def read_yaml(path: Path) -> dict[str, Any]:
    """The values of a recipe's file, as it stands.

    Raises:
        UserError: it cannot be read, or is no mapping.
    """
    where = str(path)
    try:
        if (kind := kind_of_no_file(path)) is not None:  # a pipe would be waited for
            raise UserError(where=where, got=kind, expected="a recipe in YAML, in a file")
        if path.stat().st_size > _MOST_BYTES:
            raise UserError(
                where=where,
                got=f"{path.stat().st_size:,} bytes",
                expected=f"a recipe of at most {_MOST_BYTES:,}",
                fix="Put rows and texts into files of their own, which the recipe names.",
            )
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UserError(
            where=where,
            got=str(reason),
            expected="a recipe in YAML",
            fix="`iwsi recipes` lists those that come with iwsi.",
        ) from None
    try:
        values = parse_yaml(text)
    except yaml.MarkedYAMLError as error:
        line = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UserError(where=where, got=f"{error.problem}{line}", expected="valid YAML") from None
    except (yaml.YAMLError, ValueError) as error:  # a date such as 2026-02-31 is a ValueError
        raise UserError(where=where, got=str(error), expected="valid YAML") from None
    except RecursionError:
        raise UserError(
            where=where, got="values nested too deeply", expected="valid YAML"
        ) from None
    if not isinstance(values, dict):
        got = _KINDS.get(type(values), "a number")
        raise UserError(where=where, got=got, expected="a mapping of keys")
    return values


def _parse_override(text: str) -> tuple[list[str], Any]:
    key, equals, value = text.partition("=")
    keys = key.strip().split(".")
    if not equals or not all(keys):
        raise UserError(
            where="command line",
            got=repr(text),
            expected="an override such as filter.keep=0.6",
            fix="Write key=value without spaces around =.",
        )
    alone: dict[str, Any] = {}
    try:
        _set(alone, keys, parse_yaml(value))
    except (yaml.YAMLError, ValueError, RecursionError):
        _set(alone, keys, value)
    _absolutise(alone, Path())
    for key in keys[:-1]:
        alone = alone[key]
    return keys, alone[keys[-1]]


def _set(values: dict[str, Any], keys: Sequence[str], value: Any) -> None:
    for depth, key in enumerate(keys[:-1]):
        inner = values.setdefault(key, {})
        if not isinstance(inner, dict):
            raise UserError(
                where="command line",
                field=".".join(keys),
                got=f"{'.'.join(keys[: depth + 1])} is {inner!r}",
                expected="a section with keys",
            )
        values = inner
    values[keys[-1]] = value


def _absolutise(values: Mapping[str, Any], folder: Path) -> None:
    """Make relative paths absolute, in place, where they name something under `folder`."""
    task, forecast = values.get("task"), values.get("forecast")
    holders = [(values.get("model"), key) for key in ("name", "gguf")]
    holders.append((values.get("filter"), "reward_model"))
    if isinstance(task, dict):
        holders += [(task.get(split), "path") for split in ("train", "validation", "test")]
    if isinstance(forecast, dict):
        holders.append((forecast.get("target"), "path"))
        if isinstance(forecast.get("history"), list):
            forecast["history"] = [_resolved(folder, str(e)) for e in forecast["history"]]
    for holder, key in holders:
        if not isinstance(holder, dict) or not isinstance(holder.get(key), str) or not holder[key]:
            continue
        try:
            path = Path(holder[key]).expanduser()
            is_there = (folder / path).exists()
        except (OSError, ValueError, RuntimeError):  # a text that can be no path, or no such user
            continue
        is_file = key == "gguf" or (
            key == "path" and any(s.lower() in DATA_SUFFIXES for s in path.suffixes)
        )
        is_path = is_file or holder[key].startswith(("./", "../", "~"))
        if not path.is_absolute() and (is_path or is_there):
            holder[key] = _resolved(folder, holder[key])


def _resolved(folder: Path, text: str) -> str:
    try:
        return str((folder / Path(text).expanduser()).resolve())
    except (OSError, ValueError, RuntimeError):  # as above: it is refused where it is read
        return text


def _flatten(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flatten(inner, f"{key}.{name}" if key else str(name))
    else:
        yield key, value
