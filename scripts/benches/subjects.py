"""The models that benchmarks run on: the repository's own, and one of 110 M random weights."""

from pathlib import Path

from benches.registry import Size, Subject

TINY = Path(__file__).resolve().parents[2] / "recipes" / "tiny_arith" / "model"
NAMES = ("tiny", "110m")
VOCABULARY = 32_000
# So many tokens of a model with random weights end an answer: one token in 64 is one of them.
END_TOKENS = 500

SIZES = {
    "tiny": Size(candidates=1000, part=10, questions=500, few_questions=10, rows=256, few_rows=64),
    "110m": Size(candidates=240, part=20, questions=17, few_questions=1, rows=16, few_rows=4),
}


def load_subject(name: str, scratch: Path) -> Subject:
    """The model on its device, in float32; one that has to be made is written to `scratch`."""
    from transformers import AutoModelForCausalLM
    from transformers.utils.logging import disable_progress_bar

    from iwsi.models import device, load_model
    from iwsi.recipe import Model

    disable_progress_bar()
    folder = TINY
    if name != "tiny":
        folder = scratch / name
        if not folder.exists():
            _write_random(folder)
    stock = AutoModelForCausalLM.from_pretrained(folder, dtype="float32").to(device()).eval()
    model = load_model(Model(name=str(folder), dtype="float32"))
    return Subject(name, folder, model, stock, SIZES[name])


def _write_random(folder: Path) -> None:
    """A Llama of 110 M random weights, with a tokenizer for which each word is a token."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        GenerationConfig,
        LlamaConfig,
        LlamaForCausalLM,
        PreTrainedTokenizerFast,
    )

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=768,
        intermediate_size=2048,
        num_hidden_layers=12,
        num_attention_heads=12,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=0,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    ends = [1, *range(VOCABULARY - END_TOKENS + 1, VOCABULARY)]
    GenerationConfig(eos_token_id=ends, pad_token_id=0).save_pretrained(folder)
    special = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    others = [f"w{i}" for i in range(len(special), VOCABULARY)]
    numbers = {word: i for i, word in enumerate([*special.values(), *others])}
    tokenizer = Tokenizer(models.WordLevel(numbers, special["unk_token"]))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
