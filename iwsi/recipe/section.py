"""What all sections of the recipe have in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen part of the recipe that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
