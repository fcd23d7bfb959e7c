"""Llamas of random weights in bfloat16, each with a tokenizer of words."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpu_checking.registry import Place


@dataclass(frozen=True, slots=True)
class Shape:
    """A Llama's sizes."""

    name: str
    hidden: int
    between: int
    layers: int
    heads: int
    key_heads: int
    vocabulary: int


TINY = Shape("tiny", 64, 128, 2, 2, 1, 600)
SHAPES = (
    Shape("0.1B", 768, 2048, 12, 12, 12, 32_000),
    Shape("1B", 2048, 8192, 16, 32, 8, 128_256),  # Llama-3.2-1B's
)
# One of so many tokens of a random model ends an answer.
ENDING = 64


def shapes(place: Place) -> tuple[Shape, ...]:
    """Those that are measured."""
    return (TINY,) if place.small else SHAPES


def write(shape: Shape, folder: Path) -> Path:
    """Save the model with its tokenizer, for which each word is a token; answers the folder."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        GenerationConfig,
        LlamaConfig,
        LlamaForCausalLM,
        PreTrainedTokenizerFast,
    )

    from iwsi.models import device

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=shape.vocabulary,
        hidden_size=shape.hidden,
        intermediate_size=shape.between,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.key_heads,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=0,
        dtype="bfloat16",
    )
    with torch.device(device()):
        LlamaForCausalLM(config).to(torch.bfloat16).save_pretrained(folder)
    ends = [1, *range(shape.vocabulary - shape.vocabulary // ENDING + 1, shape.vocabulary)]
    GenerationConfig(eos_token_id=ends, pad_token_id=0).save_pretrained(folder)
    special = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    others = [f"w{i}" for i in range(len(special), shape.vocabulary)]
    numbers = {word: i for i, word in enumerate([*special.values(), *others])}
    tokenizer = Tokenizer(models.WordLevel(numbers, special["unk_token"]))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    return folder


def words(shape: Shape, rng: Any, count: int) -> str:
    """A text of so many tokens, none of which ends an answer."""
    numbers = rng.integers(3, shape.vocabulary - shape.vocabulary // ENDING, count)
    return " ".join(f"w{number}" for number in numbers)
