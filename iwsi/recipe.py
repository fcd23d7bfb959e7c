"""The recipe: everything that a run depends on, each key declared once."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from iwsi.tasks.answers import AnswerKind
from iwsi.train.batches import split_batch

LossOver = Literal["sequence", "completion"]
ForecastMethod = Literal["auto", "paired_dr", "paired_sample"]
PromptStyle = Literal["auto", "chat", "completion"]
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


class _Section(BaseModel):
    """A frozen part of the recipe that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Split(_Section):
    """Where the rows of one split come from."""

    path: str = Field(
        description="A .jsonl, .json, .csv or .parquet file (relative to the recipe), or a hub id."
    )
    subset: str | None = Field(None, description="The hub dataset's configuration, if it has any.")
    split: str | None = Field(None, description="The hub dataset's split, such as train.")
    revision: str | None = Field(None, description="The hub dataset's revision.")
    size: int | None = Field(
        None, gt=0, description="Rows to use, drawn by the seed (test: always the same); null: all."
    )


class Task(_Section):
    """Rows, and how they become prompts, answers and gold answers."""

    name: str = Field(description="The benchmark's name, as result files will call it.")
    train: Split = Field(description="Questions; their labels, if there are any, are never read.")
    validation: Split = Field(description="A few labelled rows with rationales, for the DS weight.")
    test: Split = Field(description="Labelled rows that judge each round.")
    prompt: str = Field("{{ question }}", description="Jinja template of a row's prompt.")
    rationale: str = Field(
        "{{ answer }}", description="Jinja template of a validation row's worked answer."
    )
    gold: str = Field("{{ answer }}", description="Jinja template that holds a test row's answer.")
    answer: AnswerKind = Field("number", description="What an answer is.")
    separator: str = Field(" ", description="What stands between a prompt and its answer.")
    few_shot: str = Field("", description="Text before every prompt, such as worked examples.")
    prompt_style: PromptStyle = Field(
        "auto",
        description="chat: the prompt is a user's turn in the model's chat template; completion: "
        "it is text as it stands; auto: chat where the tokenizer has a template.",
    )


class Model(_Section):
    """The model to improve."""

    name: str = Field(
        description="A folder (relative to the recipe if it begins with .) or hub id."
    )
    revision: str | None = Field(None, description="The hub revision.")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto", description="auto: bfloat16 on a GPU that has it, else float32."
    )
    trust_remote_code: bool = Field(False, description="Run code that comes with the model.")
    end_token: str | None = Field(
        None, description="Token that ends an answer; null: the tokenizer's, or the chat turn's."
    )


class Sample(_Section):
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


class Filter(_Section):
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


class Lora(_Section):
    """The adapter."""

    r: int = Field(64, ge=1, description="Rank.")
    alpha: float = Field(16, gt=0, description="Scale; the update is multiplied by alpha / r.")
    dropout: float = Field(0.05, ge=0, lt=1, description="Dropout before the adapter.")
    target_modules: str | tuple[str, ...] = Field(
        "all-linear", description="Modules that get an adapter, by name."
    )


class Train(_Section):
    """Supervised fine-tuning of the adapter on what was kept."""

    lora: Lora = Lora()
    epochs: float = Field(4, gt=0, description="Passes over what was kept.")
    learning_rate: float = Field(3e-4, gt=0, description="Peak learning rate.")
    batch_size: int = Field(16, ge=1, description="Samples per optimizer step.")
    micro_batch_size: int | None = Field(
        None, ge=1, description="Samples per forward pass of a process; null: its share of a batch."
    )
    warmup_share: float = Field(0.03, ge=0, lt=1, description="Share of steps to warm up over.")
    scheduler: Literal["linear", "cosine", "constant"] = Field(
        "cosine", description="How the learning rate falls after the warm-up."
    )
    max_length: int | None = Field(
        None, ge=8, description="Longest sample in tokens; null: the model's own limit."
    )
    loss_over: LossOver = Field("completion", description="Tokens that are trained.")
    gradient_checkpointing: bool = Field(False, description="Less memory for more time.")
    start_from: Literal["base", "previous"] = Field(
        "base", description="base: a fresh adapter each round; previous: go on from the last."
    )

    distributed: Literal["none", "ddp", "zero2", "zero3"] = Field(
        "none",
        description="none: this process; ddp: the model whole on each; zero2: DeepSpeed's, the "
        "optimizer in parts; zero3: the model in parts too.",
    )
    num_processes: int = Field(
        1, ge=1, description="Processes in all, one a GPU; each takes its share of a batch."
    )
    num_nodes: int = Field(1, ge=1, description="Machines that share them; docs/scale.md says how.")
    offload: Literal["none", "cpu"] = Field(
        "none", description="cpu: what ZeRO parts lies in the machine's memory, not the GPU's."
    )
    packing: Literal["auto", "none"] = Field(
        "auto", description="auto: no padding where FlashAttention is installed; none: padded rows."
    )
    save_steps: float | None = Field(
        None,
        gt=0,
        description="Steps between checkpoints that a killed training goes on from; below 1 a "
        "share of all; null: none.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> "Train":
        if self.distributed == "none" and self.num_processes > 1:
            raise ValueError(
                f"num_processes ({self.num_processes}) needs distributed: ddp, zero2 or zero3"
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


class Test(_Section):
    """When the whole test set is run."""

    full: Literal["final", "every", "never"] = Field(
        "final",
        description="final: the base model and the run's result; every: all rounds; never: only "
        "what the forecast asks for.",
    )


class Forecast(_Section):
    """What a round was worth, told from a few test items."""

    budget: float = Field(
        0.1, gt=0, description="Test items to run: a share of them below 1, else their number."
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
        description="Items run at a time; null: all, or with a history six draws, each led by "
        "those before. All at once is quicker on a GPU and a little less sharp.",
    )
    history: tuple[str, ...] = Field(
        (), description="Other models' scores on the test items: score files, harness logs, runs."
    )
    target: Split | None = Field(
        None, description="Prompts without answers, whose score is predicted from their text."
    )


class Gate(_Section):
    """Whether the next round begins, and which round is the run's result."""

    min_gain: float = Field(
        0.0, description="Gain over the round before that a round is there for (0.01: a point)."
    )
    confidence: float = Field(
        0.8, ge=0.5, lt=1, description="How sure it must be that the gain falls short."
    )
    patience: int = Field(1, ge=1, description="Rounds in a row that may fall short: then it acts.")
    on_fail: Literal["stop", "rollback", "continue"] = Field(
        "rollback",
        description="stop: the last round is the result; rollback: stop, and the best round is; "
        "continue: only say so.",
    )

    @model_validator(mode="after")
    def _can_pass(self) -> "Gate":
        if self.min_gain >= 1:
            raise ValueError(f"min_gain ({self.min_gain:g}) can never be exceeded: use below 1")
        if self.min_gain <= -1:
            raise ValueError(f"min_gain ({self.min_gain:g}) is always exceeded: use above -1")
        return self


class Recipe(_Section):
    """Everything a run depends on."""

    task: Task
    model: Model
    sample: Sample = Sample()
    filter: Filter = Filter()
    train: Train = Train()
    test: Test = Test()
    forecast: Forecast | None = Forecast()
    gate: Gate | None = Gate()
    rounds: int = Field(2, ge=1, description="Rounds of sampling and training.")
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of every random choice.")

    @model_validator(mode="after")
    def _gate_has_something_to_judge_by(self) -> "Recipe":
        if self.gate and not self.forecast and self.test.full != "every":
            raise ValueError(
                "the gate has nothing to judge a round by: set forecast or test.full=every, "
                "or gate=null"
            )
        return self


# How the work is fitted into a machine. These may change within a run: they are no part of what
# a result was made from.
RESOURCE_KEYS = frozenset(
    {
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
        "train.packing",
        "train.save_steps",
    }
)
