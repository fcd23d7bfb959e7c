"""The recipe: everything that a run depends on, each key declared once."""

from typing import Any

from pydantic import Field, field_validator, model_validator

from iwsi.recipe.audit import Audit
from iwsi.recipe.evaluation import Forecast, ForecastMethod, Gate, Test
from iwsi.recipe.filter import DEFAULT, Auto, Filter, Iwsi, IwsiRightAnswers, ScoresLoss
from iwsi.recipe.model import Model
from iwsi.recipe.pairs import Objective, Pairs
from iwsi.recipe.sample import AdapterUse, Sample
from iwsi.recipe.section import Cluster, LossOver, Section
from iwsi.recipe.task import PromptStyle, Split, Task
from iwsi.recipe.train import Lora, Train
from iwsi.recipe.warm_start import WarmStart

__all__ = [
    "ADDED_KEYS",
    "RESOURCE_KEYS",
    "SOURCE_KEYS",
    "AdapterUse",
    "Audit",
    "Cluster",
    "Filter",
    "Forecast",
    "ForecastMethod",
    "Gate",
    "Lora",
    "LossOver",
    "Model",
    "Objective",
    "Pairs",
    "PromptStyle",
    "Recipe",
    "Sample",
    "Split",
    "Task",
    "Test",
    "Train",
    "WarmStart",
]


class Recipe(Section):
    """Everything a run depends on."""

    task: Task
    model: Model
    warm_start: WarmStart | None = Field(
        None, description="Training on a part of the labelled rows before round 1; null: none."
    )
    sample: Sample = Sample()
    filter: Filter = Iwsi()
    audit: Audit | None = Audit()
    train: Train = Train()
    test: Test = Test()
    forecast: Forecast | None = Forecast()
    gate: Gate | None = Gate()
    rounds: int = Field(2, ge=1, description="Rounds of sampling and training.")
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of every random choice.")

    @field_validator("filter", mode="before")
    @classmethod
    def _filter_has_a_method(cls, values: Any) -> Any:
        return {"method": DEFAULT, **values} if isinstance(values, dict) else values

    @model_validator(mode="after")
    def _filter_has_its_audit(self) -> "Recipe":
        if self.audit is None and isinstance(self.filter, Auto | IwsiRightAnswers):
            raise ValueError(
                f"filter.method={self.filter.method} learns from audited rows: set audit, such as "
                "audit={rows: 100}"
            )
        if self.audit is None and self.filter.min_vote_accuracy is not None:
            raise ValueError(
                "filter.min_vote_accuracy needs votes on labelled rows: set audit, such as "
                "audit={rows: 100}"
            )
        return self

    @model_validator(mode="after")
    def _next_gain_has_its_votes(self) -> "Recipe":
        if self.gate and self.gate.min_next_gain is not None and self.audit is None:
            raise ValueError(
                "gate.min_next_gain needs votes on labelled rows: set audit, such as "
                "audit={rows: 100}"
            )
        return self

    @model_validator(mode="after")
    def _replay_has_its_rows(self) -> "Recipe":
        if self.train.replay is None or self.train.replay_from == "base":
            return self
        if self.warm_start is None:
            raise ValueError(
                "train.replay_from=labelled needs rows that audit nothing, and those of the warm "
                "start are the only ones: set warm_start='{rows: 0.5}' or train.replay_from=base"
            )
        return self

    @model_validator(mode="after")
    def _pairs_can_be_made(self) -> "Recipe":
        train, pairs = self.train, self.train.pairs
        if pairs is None:
            return self
        if self.sample.method == "generate" and pairs.per_question > self.sample.n:
            raise ValueError(
                f"train.pairs.per_question ({pairs.per_question}) is above sample.n "
                f"({self.sample.n}), and a question has no more candidates: lower "
                "train.pairs.per_question"
            )
        measured = isinstance(self.filter, ScoresLoss)
        if pairs.rejected == "shifted" and not measured:
            raise ValueError(
                f"train.pairs.rejected=shifted needs DS weights, which filter.method="
                f"{self.filter.method} does not measure: set filter.method=iwsi or "
                "train.pairs.rejected=minority"
            )
        if pairs.weigh == "margin_and_ds" and not measured:
            raise ValueError(
                f"train.pairs.weigh=margin_and_ds needs DS weights, which filter.method="
                f"{self.filter.method} does not measure: set filter.method=iwsi or "
                "train.pairs.weigh=margin"
            )
        if train.reference == "previous" and not (
            train.start_from == "previous" or self.warm_start is not None
        ):
            raise ValueError(
                "train.reference=previous does not fit train.start_from=base, which begins without "
                "an adapter: set train.reference=base or train.start_from=previous"
            )
        return self

    @model_validator(mode="after")
    def _gate_has_something_to_judge_by(self) -> "Recipe":
        if self.gate and not self.forecast and self.test.full != "every":
            raise ValueError(
                "the gate has no evidence on a round: set forecast or test.full=every, or gate=null"
            )
        return self


# Where things come from. What they hold is what a result depends on, wherever they lie.
SOURCE_KEYS = frozenset(
    {
        "task.train.path",
        "task.validation.path",
        "task.test.path",
        "forecast.target.path",
        "forecast.history",
        "model.name",
        "model.gguf",
        "filter.reward_model",
    }
)

# Keys that earlier versions did not have, with what they then did: while a key has that value, no
# result depends on it, so that a run of an earlier version goes on.
ADDED_KEYS: dict[str, object] = {"model.quantize": "none", "sample.quantization": None}

# How the work is fitted into a machine. These may change within a run: they are no part of what
# a result was made from.
RESOURCE_KEYS = frozenset(
    {
        "sample.adapter",
        "sample.url",
        "sample.concurrency",
        "sample.max_memory_gib",
        "sample.processes",
        "sample.tensor_parallel",
        "sample.cluster",
        "filter.batch_tokens",
        "filter.processes",
        "filter.cluster",
        "train.micro_batch_size",
        "train.gradient_checkpointing",
        "train.distributed",
        "train.num_processes",
        "train.num_nodes",
        "train.offload",
        "train.padding_free",
        "train.shared_text",
        "train.save_steps",
        "train.report_to",
    }
)
