"""What all sections of the recipe have in common."""

from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict

LossOver = Literal["sequence", "completion"]
Cluster = Literal["none", "ray"]


class Section(BaseModel):
    """A frozen part of the recipe that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def subsection(annotation: Any) -> type[BaseModel] | None:
    """The section that a key holds, null allowed or not; None where it holds a plain value."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None
