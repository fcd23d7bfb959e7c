"""Marks errors about values that the user did not write as errors about a default."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import BaseModel

from eval_predict.errors import UserError
from iwsi.recipe import Recipe


def is_default(recipe: Recipe, field: str) -> bool:
    """Whether a dotted key has a value that neither the recipe nor an override names."""
    section: object = recipe
    for name in field.split("."):
        if not isinstance(section, BaseModel) or name not in type(section).model_fields:
            return False
        if name not in section.model_fields_set:
            return True
        section = getattr(section, name)
    return False


@contextmanager
def naming_defaults(recipe: Recipe) -> Iterator[None]:
    """Mark a user's error about a default as such, since the user did not write the value."""
    try:
        yield
    except UserError as error:
        if error.field is None or not is_default(recipe, error.field):
            raise
        raise UserError(
            where=error.where,
            field=error.field,
            got=f"{error.got} (a default)",
            expected=error.expected,
            fix=error.fix,
        ) from error
