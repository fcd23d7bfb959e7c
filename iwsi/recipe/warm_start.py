"""The section that says which labelled rows a model is trained on before round 1."""

from pydantic import Field

from iwsi.recipe.section import Section


class WarmStart(Section):
    """Training on labelled rows before round 1, for a model that is too weak to vote."""

    rows: float = Field(
        0.5,
        gt=0,
        description="Labelled rows to train on: a share of them below 1, else their number. The "
        "others stay for the DS weight and the audit; no row is used for both.",
    )
    epochs: float | None = Field(
        None, gt=0, description="Passes over these rows; null: as train.epochs."
    )
    learning_rate: float | None = Field(
        None, gt=0, description="Peak learning rate; null: as train.learning_rate."
    )
