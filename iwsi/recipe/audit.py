"""The section that says how the filter is checked on labelled rows before a round is trained."""

from pydantic import Field

from iwsi.recipe.section import Section


class Audit(Section):
    """Labelled rows are sampled and voted, to see which score finds right votes."""

    rows: int = Field(
        100,
        ge=1,
        description="Labelled rows of task.validation that are audited, or all where there are "
        "fewer; with fewer than 20 there is no verdict.",
    )
