"""YAML of untrusted size: no key twice, and nothing that grows when it is read."""

from collections.abc import Hashable
from typing import Any

import yaml

# Counted with what aliases and merge keys repeat: a few hundred bytes can name 10^9 values.
_MOST_VALUES = 50_000
_MOST_DIGITS = 400  # more than any float has; Python takes seconds to print millions
_NUMBERS = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"}


def parse_yaml(text: str) -> Any:
    """The value of a YAML document.

    Raises:
        yaml.YAMLError: it is no YAML, has a key twice, or holds too many values or digits.
        ValueError: a value that cannot be, such as the date 2026-02-31.
        RecursionError: it is nested too deeply.
    """
    return yaml.load(text, Loader=_StrictLoader)  # noqa: S506  # a SafeLoader


class _StrictLoader(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error and not the last one wins."""

    def get_single_node(self) -> yaml.Node | None:
        """The document's nodes, before any value is made of them."""
        node = super().get_single_node()
        if node is not None and _count(node, {}) > _MOST_VALUES:
            raise _fault(node, f"more than {_MOST_VALUES:,} values")
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # which the loader refuses
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"key {str(key)!r} stands twice")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _count(node: yaml.Node, counts: dict[int, int | None]) -> int:
    """The values of a node and below it, repeated ones as often as they stand there."""
    if isinstance(node, yaml.ScalarNode):
        if node.tag in _NUMBERS and len(node.value) > _MOST_DIGITS:
            raise _fault(node, f"a number of {len(node.value):,} characters")
        return 1
    if id(node) in counts:
        count = counts[id(node)]
        if count is None:  # it is being counted
            raise _fault(node, "a value that holds itself")
        return count
    counts[id(node)] = None
    if isinstance(node, yaml.MappingNode):
        inner = [part for pair in node.value for part in pair]
    else:
        inner = list(node.value)
    count = 1 + sum(_count(part, counts) for part in inner)
    counts[id(node)] = count
    return count


def _fault(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
