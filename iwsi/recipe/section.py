"""The base class of all sections of the recipe."""

from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict

LossOver = Literal["sequence", "completion"]
Cluster = Literal["none", "ray"]


class Section(BaseModel):
    """A frozen part of the recipe that refuses keys it does not know."""

    # An infinite rate or count is always a slip, and YAML reads 1e999 as one.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def subsection(annotation: Any) -> type[BaseModel] | None:
    """The section that a key holds, null allowed or not; None where it holds a plain value."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None
