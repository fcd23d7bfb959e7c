"""What all sections of the recipe have in common."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

LossOver = Literal["sequence", "completion"]
Cluster = Literal["none", "ray"]


class Section(BaseModel):
    """A frozen part of the recipe that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
