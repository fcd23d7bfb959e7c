"""The section that says how preference pairs are made from a question's votes."""

from typing import Literal

from pydantic import Field

from iwsi.recipe.section import Section

Objective = Literal["sft", "dpo", "ipo", "sft+dpo"]
Reference = Literal["base", "previous"]


class Pairs(Section):
    """Pairs of a kept and a rejected candidate of the same question."""

    rejected: Literal["minority", "shifted"] = Field(
        "minority",
        description="minority: answers that lost the vote, the most frequent first; shifted: "
        "candidates of the majority that the filter dropped, highest DS weight first.",
    )
    per_question: int = Field(2, ge=1, description="Most pairs of a question.")
    min_margin: float = Field(
        0.3,
        ge=0,
        lt=1,
        description="Lowest vote margin of a pair: votes of the kept answer less those of the "
        "rejected one, over the question's candidates (shifted: less those of the runner-up).",
    )
    weigh: Literal["margin", "margin_and_ds", "none"] = Field(
        "margin",
        description="Loss weight of a pair. margin: its vote margin; margin_and_ds: that over the "
        "kept candidate's DS weight; none: all pairs count the same.",
    )
