"""In which keys the recipes of several runs differ."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from iwsi.recipe import SOURCE_KEYS
from iwsi.recipe.strict_yaml import parse_yaml

_LONGEST = 80  # characters of a value that are shown


class Difference(NamedTuple):
    """A key, and its value in each run; – where a recipe does not have it."""

    key: str
    values: tuple[str, ...]


def differing_keys(recipes: Sequence[str]) -> list[Difference]:
    """The keys that have not the same value in all recipes.

    Args:
        recipes: As YAML; one that cannot be read has no keys.

    Returns:
        In the order of the alphabet; where files lie does not count.
    """
    flat = [dict(_flatten(_parsed(text))) for text in recipes]
    keys = sorted({key for one in flat for key in one} - SOURCE_KEYS)
    found = [Difference(key, tuple(one.get(key, "–") for one in flat)) for key in keys]
    return [difference for difference in found if len(set(difference.values)) > 1]


def _parsed(text: str) -> Any:
    try:
        return parse_yaml(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}


def _flatten(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flatten(inner, f"{prefix}.{key}" if prefix else str(key))
    elif prefix:
        text = "null" if value is None else str(value)
        yield prefix, text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
