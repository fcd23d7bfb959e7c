"""Every filter by its name, collected from the modules in `rules`."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from iwsi.filter import rules
from iwsi.filter.method import Method
from iwsi.recipe.filter import FilterSection


def method_of(section: FilterSection) -> Method:
    """The filter that a recipe's section is for."""
    return METHODS[section.method]


def _collect() -> Iterator[Method]:
    for module in iter_modules(rules.__path__):
        yield from import_module(f"{rules.__name__}.{module.name}").METHODS


METHODS: Mapping[str, Method] = {method.name: method for method in _collect()}
