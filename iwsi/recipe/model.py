"""The section that says which model is improved."""

from typing import Literal

from pydantic import Field, model_validator

from iwsi.recipe.section import Section

Quantize = Literal["none", "nf4", "int8"]


class Model(Section):
    """The model to improve."""

    name: str = Field(
        "", description="A folder (relative to the recipe if it begins with .) or hub id."
    )
    gguf: str | None = Field(
        None,
        description="In place of name: a GGUF file (relative to the recipe), which is dequantised "
        "once into the user's cache.",
    )
    revision: str | None = Field(None, description="The hub revision.")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto", description="auto: bfloat16 on a GPU that has it, else float32."
    )
    quantize: Quantize = Field(
        "none",
        description="nf4, int8: the weights lie in 4 or 8 bits (bitsandbytes) while the adapter is "
        "trained (QLoRA), for scoring, and in the transformers engine.",
    )
    trust_remote_code: bool = Field(False, description="Run code that comes with the model.")
    allow_pickle: bool = Field(
        False,
        description="Load pytorch_model.bin where there are no safetensors; a pickle can run code.",
    )
    end_token: str | None = Field(
        None, description="Token that ends an answer; null: the tokenizer's, or the chat turn's."
    )

    @property
    def title(self) -> str:
        """The model's name in messages."""
        return self.gguf or self.name

    @model_validator(mode="after")
    def _has_one_source(self) -> "Model":
        if bool(self.name) == bool(self.gguf):
            raise ValueError(
                "a model comes from one place: set either model.name (a folder or hub id) or "
                "model.gguf (a file)"
            )
        return self
