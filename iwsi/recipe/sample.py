"""The section that says how candidates are sampled."""

from typing import Literal

from pydantic import Field, field_validator, model_validator

from iwsi.recipe.section import Cluster, Section

AdapterUse = Literal["auto", "merged", "lora"]


class Sample(Section):
    """How candidates are sampled."""

    method: Literal["generate", "exact"] = Field(
        "generate",
        description="generate: n answers to each question; exact: where an answer is one of a "
        "closed list and no reasoning is asked for, each label's probability, by one scoring pass.",
    )
    labels: tuple[str, ...] = Field(
        (), description="exact: the closed list of answers; default: task.answer's labels."
    )
    deterministic: bool = Field(
        False,
        description="On a GPU: vLLM's kernels give a question the same answers whatever else is in "
        "the batch, more slowly (VLLM_BATCH_INVARIANT; an Ampere GPU or newer).",
    )
    completion: str = Field(
        "The answer is {{ label }}.",
        description="exact: Jinja template of the whole text that gives a label as the answer.",
    )
    engine: Literal["auto", "vllm", "transformers", "server"] = Field(
        "auto",
        description="auto: vLLM where it is installed, else transformers; server: a server at "
        "sample.url.",
    )
    url: str | None = Field(
        None,
        description="server: an endpoint for OpenAI's completions, such as http://host:8000/v1.",
    )
    served_model: str | None = Field(
        None, description="server: the model's name there; null: the one that it serves."
    )
    concurrency: int = Field(64, ge=1, description="server: questions asked at a time.")
    vllm: dict[str, bool | int | float | str] = Field(
        {}, description="Further options of vLLM's engine, such as {max_num_seqs: 256}."
    )
    quantization: Literal["bitsandbytes", "fp8"] | None = Field(
        None,
        description="How vLLM quantises the weights that it samples with (on a GPU); null: it does "
        "not.",
    )
    n: int = Field(15, ge=1, description="Candidates per question; exact: one for each label.")
    temperature: float = Field(
        1.1, gt=0, description="Sampling temperature; exact: shares are those of temperature 1."
    )
    top_p: float = Field(1.0, gt=0, le=1, description="Nucleus sampling's share of probability.")
    max_tokens: int = Field(256, ge=1, description="Most tokens in one answer.")
    stop: tuple[str, ...] = Field((), description="Strings that end an answer (and are cut off).")
    adapter: AdapterUse = Field(
        "auto",
        description="How vLLM uses a round's adapter. merged: in a copy of the weights, which "
        "works for every model and samples faster; lora: beside the weights, without the copy "
        "on disk; auto: merged.",
    )
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

    @field_validator("url")
    @classmethod
    def _no_secret_in_the_url(cls, url: str | None) -> str | None:
        """The recipe is copied into runs, reports and model cards; the error does not repeat it."""
        if url is not None and {"@", "?"} & set(url):
            raise ValueError(
                "an address with a user name, password or query, which every copy of the recipe "
                "would hold: take it out, and set the environment variable "
                "IWSI_SERVER_AUTHORIZATION, such as to 'Bearer KEY'"
            )
        return url

    @model_validator(mode="after")
    def _check_server(self) -> "Sample":
        if self.engine == "server":
            if self.url is None:
                raise ValueError(
                    "engine server has no address: set sample.url, such as http://host:8000/v1"
                )
            if self.adapter == "merged":
                raise ValueError(
                    "a server keeps the weights it was started with, so an adapter cannot be "
                    "merged into them: set sample.adapter=lora"
                )
            if self.method == "exact":
                raise ValueError("method exact scores in this process: remove engine: server")
        elif self.url is not None:
            raise ValueError("url is for engine server: set sample.engine=server or remove it")
        return self
