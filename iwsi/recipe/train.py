"""The section that says how the adapter is trained."""

from typing import Literal, get_args

from pydantic import Field, field_validator, model_validator

from iwsi.recipe.batches import split_batch
from iwsi.recipe.pairs import Objective, Pairs, Reference
from iwsi.recipe.section import LossOver, Section

TrackerName = Literal["tensorboard", "trackio", "wandb", "mlflow"]


class Lora(Section):
    """The adapter."""

    r: int = Field(64, ge=1, description="Rank.")
    alpha: float = Field(16, gt=0, description="Scale; the update is multiplied by alpha / r.")
    dropout: float = Field(0.05, ge=0, lt=1, description="Dropout before the adapter.")
    target_modules: str | tuple[str, ...] = Field(
        "all-linear", description="Modules that get an adapter, by name."
    )


class Train(Section):
    """Training of the adapter on what was kept."""

    objective: Objective = Field(
        "sft",
        description="sft: the completions that were kept; dpo, ipo: pairs of a kept and a rejected "
        "one (arXiv:2305.18290, arXiv:2310.12036); sft+dpo: dpo, and sft of the kept one of each "
        "pair.",
    )
    pairs: Pairs | None = Field(
        None, description="How pairs are made from votes; dpo, ipo and sft+dpo need it."
    )
    beta: float = Field(
        0.1, gt=0, description="dpo, ipo: how strongly the model is held to its reference."
    )
    sft_weight: float = Field(
        1.0, gt=0, description="sft+dpo: what the sft loss counts beside the dpo loss."
    )
    reference: Reference = Field(
        "base",
        description="dpo, ipo: the model compared with. base: the model without an adapter; "
        "previous: the adapter that training goes on from.",
    )
    replay: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="Share of what is trained that comes from replay_from, against forgetting; "
        "null: none.",
    )
    replay_from: Literal["base", "labelled"] = Field(
        "base",
        description="base: what was kept of round 1, which the model before all rounds sampled; "
        "labelled: the rows of the warm start. Test rows are never among them.",
    )
    kl: float | None = Field(
        None,
        gt=0,
        description="sft: penalty for leaving the model without an adapter, a trained token's half "
        "squared log ratio times this; null: none.",
    )
    lora: Lora = Lora()
    epochs: float = Field(4, gt=0, description="Passes over what was kept.")
    learning_rate: float = Field(3e-4, gt=0, description="Peak learning rate.")
    batch_size: int = Field(16, ge=1, description="Samples per optimizer step.")
    micro_batch_size: int | None = Field(
        None,
        ge=1,
        description="Samples per forward pass of a process; null: as many as fit into free memory, "
        "a process's share of a batch where there are several.",
    )
    warmup_share: float = Field(0.03, ge=0, lt=1, description="Share of steps to warm up over.")
    scheduler: Literal["linear", "cosine", "constant"] = Field(
        "cosine", description="How the learning rate falls after the warm-up."
    )
    max_length: int | None = Field(
        None, ge=8, description="Longest sample in tokens; null: the model's own limit."
    )
    loss_over: LossOver = Field("completion", description="Tokens that are trained.")
    few_shot: bool = Field(
        True, description="Whether a sample is trained with the few-shot text before it."
    )
    few_shot_after: bool | None = Field(
        None,
        description="Whether a trained model is prompted with the few-shot text; null: as it was "
        "trained (few_shot).",
    )
    gradient_checkpointing: bool = Field(False, description="Less memory for more time.")
    start_from: Literal["base", "previous"] = Field(
        "base", description="base: a fresh adapter each round; previous: go on from the last."
    )

    distributed: Literal["auto", "none", "ddp", "zero2", "zero3"] = Field(
        "auto",
        description="auto: none without several GPUs, else ddp over those that share the batch "
        "evenly, or zero3 where the model fits on none of them; none: this process; ddp: the whole "
        "model on each GPU; zero2: DeepSpeed with the optimizer's state split; zero3: with the "
        "weights split too.",
    )
    num_processes: int = Field(
        1, ge=1, description="Processes in all, one a GPU; each takes its share of a batch."
    )
    num_nodes: int = Field(1, ge=1, description="Machines that share them; docs/scale.md says how.")
    offload: Literal["none", "cpu"] = Field(
        "none", description="cpu: what ZeRO splits is kept in main memory instead of the GPU's."
    )
    padding_free: Literal["auto", "never"] = Field(
        "auto",
        description="auto: the samples of a batch are joined without padding where FlashAttention "
        "is installed; never: they are padded.",
    )
    shared_text: Literal["auto", "never"] = Field(
        "auto",
        description="auto: what samples of a forward pass begin with, the few-shot text above all, "
        "is read once for all of them where the model allows; never: each is read whole.",
    )
    order: Literal["shuffled", "by_question"] = Field(
        "shuffled",
        description="shuffled: samples in random order; by_question: questions in random order, "
        "each with its samples or pairs side by side, so that sft reads it once for all of them.",
    )
    save_steps: float | None = Field(
        None,
        gt=0,
        description="Steps between checkpoints that a killed training goes on from; below 1 a "
        "share of all; null: none.",
    )
    report_to: tuple[TrackerName, ...] = Field(
        (),
        description="Trackers that get training curves and each round's results: tensorboard, "
        "trackio, wandb, mlflow.",
    )

    @property
    def prompts_with_few_shot(self) -> bool:
        """Whether a trained model is prompted with the few-shot text."""
        return self.few_shot if self.few_shot_after is None else self.few_shot_after

    @field_validator("reference", mode="before")
    @classmethod
    def _reference_is_the_model_itself(cls, name: object) -> object:
        if isinstance(name, str) and name not in get_args(Reference):
            raise ValueError(
                f"{name!r} is no reference that fits: log-ratios are against the trained model "
                "itself, without an adapter (base) or with the one before (previous): set "
                "train.reference=base"
            )
        return name

    @model_validator(mode="after")
    def _fits_together(self) -> "Train":
        if self.distributed == "none" and self.num_processes > 1:
            raise ValueError(
                f"num_processes ({self.num_processes}) needs distributed: auto, ddp, zero2 or zero3"
            )
        if self.num_processes % self.num_nodes:
            raise ValueError(
                f"num_processes ({self.num_processes}) is no multiple of "
                f"num_nodes ({self.num_nodes})"
            )
        if self.offload != "none" and not self.distributed.startswith("zero"):
            raise ValueError(f"offload ({self.offload}) needs distributed: zero2 or zero3")
        if self.save_steps and self.save_steps >= 1 and self.save_steps % 1:
            raise ValueError(f"save_steps ({self.save_steps:g}) is neither whole nor below 1")
        split_batch(self.batch_size, self.micro_batch_size, self.num_processes)
        return self

    @model_validator(mode="after")
    def _objective_has_its_pairs(self) -> "Train":
        if self.objective == "sft":
            if self.pairs is not None:
                raise ValueError(
                    "objective sft trains on no pairs: set train.objective=dpo, or remove "
                    "train.pairs"
                )
            return self
        if self.pairs is None:
            raise ValueError(
                f"objective {self.objective} has no pairs: set "
                "train.pairs='{rejected: minority, per_question: 2}'"
            )
        if self.replay is not None or self.kl is not None:
            key = "replay" if self.replay is not None else "kl"
            raise ValueError(
                f"{key} is for objective sft, and {self.objective} is held to its reference by "
                f"train.beta: remove train.{key}"
            )
        if self.loss_over == "sequence":
            raise ValueError(
                f"objective {self.objective} compares completions of the same prompt: set "
                "train.loss_over=completion"
            )
        return self
