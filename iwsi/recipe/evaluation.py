"""The sections of a round's evaluation: test, forecast and gate."""

from typing import Literal

from pydantic import Field, model_validator

from iwsi.recipe.section import Section
from iwsi.recipe.task import Split

ForecastMethod = Literal["auto", "paired_dr", "paired_sample"]


class Test(Section):
    """When the whole test set is run."""

    full: Literal["final", "every", "never"] = Field(
        "final",
        description="final: the base model and the run's result; every: all rounds; never: only "
        "what the forecast asks for.",
    )


class Forecast(Section):
    """A round's score and gain, estimated from a part of the test items."""

    budget: float | None = Field(
        None,
        gt=0,
        description="Test items to run: a share of them below 1, else their number; null: a tenth, "
        "and at least 5.",
    )
    method: ForecastMethod = Field(
        "auto", description="Estimator, as `eval-predict gain-bench` compares them."
    )
    level: float = Field(0.9, gt=0.5, lt=1, description="Coverage of the intervals.")
    max_halfwidth: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Stop early once the gain is known to within this (0.02: two points).",
    )
    batch: int | None = Field(
        None,
        ge=1,
        description="Items run at a time; null: all, or with a history four draws, each following "
        "the scores before it. One draw is faster on a GPU and a little less precise.",
    )
    history: tuple[str, ...] = Field(
        (), description="Other models' scores on the test items: score files, harness logs, runs."
    )
    target: Split | None = Field(
        None, description="Prompts without answers, whose score is predicted from their text."
    )


class Gate(Section):
    """Whether the next round begins, and which round is the run's result."""

    min_gain: float = Field(
        0.0,
        description="Smallest gain a round must show over the one before (0.01 = one point).",
    )
    confidence: float = Field(
        0.8,
        gt=0,
        lt=1,
        description="Probability of a gain above min_gain that a round must show to pass.",
    )
    patience: int = Field(2, ge=1, description="Consecutive failed rounds before the gate acts.")
    min_next_gain: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="Gain that the next round must be able to bring: the run ends where it exceeds "
        "this with a probability below 1 - confidence; null: rounds begin without this forecast.",
    )
    on_fail: Literal["stop", "rollback", "continue"] = Field(
        "rollback",
        description="stop: the last round is the result; rollback: stop, and the best round is; "
        "continue: the failure is only reported.",
    )

    @model_validator(mode="after")
    def _can_pass(self) -> "Gate":
        if self.min_gain >= 1:
            raise ValueError(f"min_gain ({self.min_gain:g}) can never be exceeded: use below 1")
        if self.min_gain <= -1:
            raise ValueError(f"min_gain ({self.min_gain:g}) is always exceeded: use above -1")
        return self
