"""The sections that say how candidates are sampled and which are kept."""

from typing import Literal

from pydantic import Field, model_validator

from iwsi.recipe.section import Section

LossOver = Literal["sequence", "completion"]
Cluster = Literal["none", "ray"]
FilterMethod = Literal[
    "lmsi",
    "entropy",
    "self",
    "rm",
    "iwsi",
    "iwsi_weighted",
    "iwsi_length",
    "conformal",
    "density",
    "balanced",
    "distinct",
    "random",
    "oracle",
]

RATING_PROMPT = """{{ prompt }} {{ answer }}

How likely is it that the answer above is right? Rate it from 0 (surely wrong) to 10 (surely right).
Rating:"""


class Sample(Section):
    """How candidates are sampled."""

    engine: Literal["auto", "vllm", "transformers"] = Field(
        "auto", description="auto: vLLM where it is installed, else transformers."
    )
    n: int = Field(15, ge=1, description="Candidates per question.")
    temperature: float = Field(1.1, gt=0, description="Sampling temperature.")
    top_p: float = Field(1.0, gt=0, le=1, description="Nucleus sampling's share of probability.")
    max_tokens: int = Field(256, ge=1, description="Most tokens in one answer.")
    stop: tuple[str, ...] = Field((), description="Strings that end an answer (and are cut off).")
    max_memory_gib: float | None = Field(
        None, gt=0, description="vLLM's memory for keys and values; null: from what is free."
    )
    shard_size: int = Field(64, ge=1, description="Questions per Parquet shard; a resume unit.")
    processes: int | None = Field(
        None,
        ge=1,
        description="Engines, each in a process with GPUs of its own; null: as many as there are "
        "GPUs for, 1 on a CPU.",
    )
    tensor_parallel: int = Field(
        1, ge=1, description="GPUs that share one engine's model (vLLM), where it needs them."
    )
    cluster: Cluster = Field(
        "none", description="ray: engines are actors of a Ray cluster; none: of this machine."
    )


class Filter(Section):
    """Which candidates are trained on."""

    method: FilterMethod = Field(
        "iwsi",
        description="lmsi: vote alone; and beside the vote: entropy: of its answers; self: the "
        "model's rating; rm: a reward model; iwsi: DS weight; iwsi_weighted: that in the loss; "
        "iwsi_length: that at like length; conformal: no outlier among validation rows; density: "
        "hidden states; balanced: at most m per question; distinct: no near-duplicates; random: "
        "any, a control, and oracle: labels alone, a bound, for studies.",
    )
    keep: float = Field(
        0.8,
        gt=0,
        le=1,
        description="Share of voted candidates kept, best first (iwsi: lowest DS weight); of no "
        "use to lmsi, entropy, iwsi_weighted, conformal, distinct, oracle.",
    )
    alpha: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="conformal: share of candidates like validation rows that it may drop.",
    )
    loss_over: LossOver = Field(
        "sequence", description="Tokens that the DS weight's loss is a mean over."
    )
    max_per_question: int | None = Field(
        None, ge=1, description="Most candidates kept per question; null: no limit."
    )
    tie: Literal["drop", "first"] = Field(
        "drop", description="drop: a tie is no majority; first: the answer sampled first wins it."
    )
    min_votes: int = Field(
        1,
        ge=1,
        description="Fewest candidates that must agree on a question's answer; texts without an "
        "answer count for none.",
    )
    max_entropy: float = Field(
        0.5, ge=0, le=1, description="entropy: highest vote entropy of a question that is kept."
    )
    rating_prompt: str = Field(
        RATING_PROMPT,
        description="self: Jinja template with prompt and answer; the model continues with 0-10.",
    )
    reward_model: str | None = Field(
        None,
        description="rm: a sequence classifier, a folder (relative to the recipe if it begins "
        "with .) or hub id.",
    )
    weight_cap: float = Field(
        5.0,
        ge=1,
        description="iwsi_weighted, balanced: most that a sample's loss counts beside another's.",
    )
    max_similarity: float = Field(
        0.9,
        gt=0,
        le=1,
        description="distinct: Jaccard index of two texts' 5-grams from where on one is dropped.",
    )
    batch_tokens: int = Field(16_384, ge=1, description="Most tokens scored at once, padding too.")
    processes: int | None = Field(
        None, ge=1, description="Processes that score, each with its own GPU; null: as for sample."
    )
    cluster: Cluster = Field("none", description="ray: they are actors of a Ray cluster.")

    @model_validator(mode="after")
    def _has_what_its_method_needs(self) -> "Filter":
        if self.method == "rm" and not self.reward_model:
            raise ValueError(
                "method rm has no model to ask: set filter.reward_model to a folder or hub id"
            )
        return self
