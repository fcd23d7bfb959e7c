"""A model as a GGUF file, for llama.cpp and what is built on it (Ollama, LM Studio).

The layout is that of llama.cpp's own converter: float16 matrices, float32 vectors, and for Llama's
family query and key rows in pairs. Only what was checked is written: a file with a wrong tokenizer
or rotation would answer nonsense without an error.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from eval_predict.errors import UserError

_PAIRED = frozenset({"llama", "mistral"})  # rotation turns neighbours, not halves
# transformers' model type: llama.cpp's name of the architecture.
_ARCHITECTURES = {"llama": "llama", "mistral": "llama", "qwen2": "qwen2", "qwen3": "qwen3"}
# How a text is split before bytes are merged: the regular expressions that tokenizers state, and
# llama.cpp's name for each.
_LLAMA_3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_SPLITS = {_LLAMA_3: "llama-bpe", _LLAMA_3.replace("{1,3}", ""): "qwen2"}
_NORMAL, _CONTROL, _USER_DEFINED, _UNUSED = 1, 3, 4, 5  # token types of the format
_MOSTLY_F16 = 1  # file type of the format


class Words(NamedTuple):
    """A tokenizer as the format has it."""

    tokens: list[str]
    types: list[int]
    merges: list[str]
    pre: str


def check_convertible(config: Any, tokenizer: Any) -> None:
    """Refuse a model that could not be written correctly, before its weights are loaded.

    Raises:
        UserError: names the architecture, the rotation or the tokenizer, and what does it instead.
    """
    kind = config.model_type
    if kind not in _ARCHITECTURES:
        raise _refused(f"an architecture {kind}", f"one of {', '.join(_ARCHITECTURES)}")
    rope = _rope_type(config)
    if rope not in ("default", "llama3"):
        raise _refused(f"rotary positions scaled by {rope}", "unscaled ones, or Llama 3's")
    if getattr(config, "sliding_window", None) and getattr(config, "use_sliding_window", True):
        raise _refused(f"attention within {config.sliding_window} tokens", "full attention")
    biased = getattr(config, "attention_bias", False)
    if getattr(config, "mlp_bias", False) or (kind in _PAIRED and biased):
        raise _refused(f"a model of type {kind} with biases", "one without")
    _words(tokenizer, config.vocab_size)


def write_gguf(model: Any, tokenizer: Any, name: str, file: Path) -> None:
    """Write a causal language model with its tokenizer.

    Args:
        model: A transformers model, an adapter merged into it.
        tokenizer: Its fast tokenizer.
        name: What the file calls the model.
        file: Where it goes.

    Raises:
        UserError: as `check_convertible`, or a weight that float16 cannot hold.
    """
    import gguf

    config = model.config
    check_convertible(config, tokenizer)
    writer = gguf.GGUFWriter(file, _ARCHITECTURES[config.model_type])
    writer.add_name(name)
    writer.add_file_type(_MOSTLY_F16)
    _add_shape(writer, config)
    _add_words(writer, tokenizer, config.vocab_size)
    for title, array in _tensors(model):
        writer.add_tensor(title, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_shape(writer: Any, config: Any) -> None:
    width = _head_width(config)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(width)
    writer.add_value_length(width)
    writer.add_rope_dimension_count(width)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_vocab_size(config.vocab_size)


def _add_words(writer: Any, tokenizer: Any, size: int) -> None:
    words = _words(tokenizer, size)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(words.pre)
    writer.add_token_list(words.tokens)
    writer.add_token_types(words.types)
    writer.add_token_merges(words.merges)
    ids = {
        writer.add_bos_token_id: tokenizer.bos_token_id,
        writer.add_eos_token_id: tokenizer.eos_token_id,
        writer.add_pad_token_id: tokenizer.pad_token_id,
    }
    for add, number in ids.items():
        if number is not None:
            add(number)
    first = tokenizer("")["input_ids"]
    writer.add_add_bos_token(bool(first) and first[0] == tokenizer.bos_token_id)
    if isinstance(tokenizer.chat_template, str):
        writer.add_chat_template(tokenizer.chat_template)


def _tensors(model: Any) -> Iterator[tuple[str, Any]]:
    """Names and arrays as the format has them."""
    import gguf
    import numpy as np
    import torch

    config = model.config
    kinds = {name: kind for kind, name in gguf.MODEL_ARCH_NAMES.items()}
    names = gguf.get_tensor_name_map(
        kinds[_ARCHITECTURES[config.model_type]], config.num_hidden_layers
    )
    heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
    if _rope_type(config) == "llama3":
        yield "rope_freqs.weight", _rope_factors(model)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        title = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if title is None:
            raise _refused(f"a weight {name}", "the weights of that architecture alone")
        array = tensor.detach().to(torch.float32).cpu().numpy()
        module = name.split(".")[-2]
        if config.model_type in _PAIRED and module in heads:
            array = in_pairs(array, heads[module])
        if array.ndim > 1:
            half = array.astype(np.float16)
            if not np.isfinite(half).all():
                raise _refused(f"a value in {name} beyond 65,504", "weights that float16 can hold")
            array = half
        yield title, np.ascontiguousarray(array)


def in_pairs(array: Any, heads: int) -> Any:
    """A matrix (heads × width, D) whose rows of a head go from halves to neighbours.

    transformers turns row i with row i + width / 2, llama.cpp row 2 i with row 2 i + 1.
    """
    halves = array.reshape(heads, 2, -1, *array.shape[1:])
    return halves.swapaxes(1, 2).reshape(array.shape)


def _rope_factors(model: Any) -> Any:
    """The divisor of each frequency in Llama 3's scaling, from the model's own frequencies."""
    import numpy as np

    width = _head_width(model.config)
    base = model.config.rope_parameters["rope_theta"]
    plain = base ** -(np.arange(0, width, 2) / width)
    scaled = model.model.rotary_emb.inv_freq.float().cpu().numpy()
    return (plain / scaled).astype(np.float32)


def _words(tokenizer: Any, size: int) -> Words:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise _refused("a tokenizer without tokenizer.json", "a fast tokenizer")
    state = json.loads(backend.to_str())
    bytes_last = state["decoder"] and state["decoder"]["type"] == "ByteLevel"
    if state["model"]["type"] != "BPE" or not bytes_last:
        raise _refused("a tokenizer of another kind", "byte-level BPE, as Llama 3 and Qwen have it")
    if state["normalizer"] not in (None, {"type": "NFC"}):
        raise _refused("a tokenizer that rewrites texts first", "one that takes them as they are")
    pairs = state["model"]["merges"]
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in pairs]
    by_id = {number: token for token, number in state["model"]["vocab"].items()}
    added = {token["id"]: token for token in state["added_tokens"]}
    by_id |= {number: token["content"] for number, token in added.items()}
    if max(by_id) >= size:
        raise _refused(f"{max(by_id) + 1:,} tokens", f"at most {size:,}, as the model has")
    tokens, types = [], []
    for number in range(size):
        tokens.append(by_id.get(number, f"[PAD{number}]"))
        if number in added:
            types.append(_CONTROL if added[number]["special"] else _USER_DEFINED)
        else:
            types.append(_NORMAL if number in by_id else _UNUSED)
    return Words(tokens, types, merges, _pre(state))


def _pre(state: dict[str, Any]) -> str:
    """llama.cpp's name for how the tokenizer splits a text.

    Raises:
        UserError: it splits in a way that none of the known names stands for.
    """
    whole = state["pre_tokenizer"] or {"type": "none"}
    parts = whole["pretokenizers"] if whole["type"] == "Sequence" else [whole]
    match parts:
        case [{"type": "ByteLevel", "use_regex": True, "add_prefix_space": False}]:
            return "gpt-2"
        case [
            {"type": "Digits", "individual_digits": True},
            {"type": "ByteLevel", "use_regex": True},
        ]:
            return "smollm"
        case [{"type": "Split", "pattern": {"Regex": pattern}}, {"type": "ByteLevel"}] if (
            pattern in _SPLITS
        ):
            return _SPLITS[pattern]
    kinds = ", ".join(part["type"] for part in parts)
    raise _refused(
        f"a tokenizer that splits texts in a way of its own ({kinds})",
        "the split of GPT-2, SmolLM, Llama 3 or Qwen 2",
    )


def _head_width(config: Any) -> int:
    width = getattr(config, "head_dim", None)
    return int(width or config.hidden_size // config.num_attention_heads)


def _rope_type(config: Any) -> str:
    return str((config.rope_parameters or {}).get("rope_type", "default"))


def _refused(got: str, expected: str) -> UserError:
    return UserError(
        where="--gguf",
        got=got,
        expected=expected,
        fix="Export with --merge, and convert that folder with llama.cpp's convert_hf_to_gguf.py.",
    )
