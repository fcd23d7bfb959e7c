"""GGUF files: dequantised once into a folder that transformers and vLLM load."""

import os
import struct
from functools import cache
from pathlib import Path
from typing import Any

from filelock import FileLock

from eval_predict.errors import UserError
from iwsi.files import atomic_path, file_digest

CACHE = "IWSI_CACHE"  # environment: the folder for what is made once a machine
MAGIC = b"GGUF"
# Values of tokenizer.ggml.pre, as llama.cpp names them.
SINGLE_DIGITS = frozenset({"smollm", "starcoder", "refact", "command-r", "codeshell"})
LLAMA_3 = frozenset({"llama3", "llama-v3", "llama-bpe", "falcon3"})
# What transformers and gguf raise of a file that is damaged, or of a kind that they do not read.
_UNREADABLE = (
    *(OSError, ValueError, LookupError, NotImplementedError, ImportError),
    *(struct.error, OverflowError, TypeError, AttributeError, MemoryError),
)


@cache
def gguf_folder(file: Path) -> Path:
    """The folder of a GGUF file's model, converted the first time that its content is seen.

    It lies in the user's cache by the digest of the file, so that a file with another content
    never gets an older one's model.

    Raises:
        UserError: there is no such file, it is no GGUF file, or transformers cannot read it.
    """
    check_gguf(file)
    # A number is added where a later version converts otherwise.
    folder = cache_folder() / "gguf-2" / file_digest(file)[:32]
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if not folder.is_dir():
                with atomic_path(folder) as partial:
                    convert_gguf(file, partial)
    return folder


def convert_gguf(file: Path, out: Path) -> None:
    """Write the model of a GGUF file as `save_pretrained` would: weights, tokenizer, chat template.

    Quantised weights become float16, in which the scales of a GGUF file are kept; float32 where
    one of them does not fit.

    Raises:
        UserError: as `gguf_folder`.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    check_gguf(file)
    disable_progress_bar()
    source: dict[str, Any] = {"gguf_file": file.name}
    try:
        tokenizer = _as_stated(AutoTokenizer.from_pretrained(str(file.parent), **source), file)
        quantised = AutoModelForCausalLM.from_pretrained(
            str(file.parent), dtype=torch.float32, **source
        )
    except _UNREADABLE as error:
        raise _unreadable(file, str(error).splitlines()[0] if str(error) else repr(error)) from None
    config = quantised.config
    # What came from GGUF refuses to be saved; a model made from the same configuration does not.
    del config.quantization_config
    _scale_positions(config, file)
    state = {name: _half(tensor) for name, tensor in quantised.state_dict().items()}
    dtype = torch.float32 if any(t.dtype == torch.float32 for t in state.values()) else None
    with torch.device("meta"):
        plain = AutoModelForCausalLM.from_config(config, dtype=dtype or torch.float16)
    plain.load_state_dict({n: t.to(dtype or t.dtype) for n, t in state.items()}, assign=True)
    plain.tie_weights()
    plain.generation_config = quantised.generation_config
    plain.save_pretrained(out)
    tokenizer.save_pretrained(out)


def check_gguf(file: Path) -> None:
    """Refuse a file that is not GGUF, by its first four bytes.

    Raises:
        UserError: names the file and what was found.
    """
    if not file.is_file():
        raise _unreadable(file, "no such file")
    with file.open("rb") as stream:
        if stream.read(4) != MAGIC:
            raise _unreadable(file, "a file that does not begin with GGUF")


def _as_stated(tokenizer: Any, file: Path) -> Any:
    """The tokenizer with what the file states of it and transformers does not read.

    That is whether a text begins with the begin-of-sequence token, and that each digit is a token.
    """
    from gguf import GGUFReader
    from tokenizers import pre_tokenizers
    from tokenizers.processors import TemplateProcessing

    fields = GGUFReader(file).fields
    stated = {
        name: fields[key].contents() if (key := f"tokenizer.ggml.{name}") in fields else None
        for name in ("model", "pre", "add_bos_token")
    }
    backend = tokenizer.backend_tokenizer
    if stated["pre"] in SINGLE_DIGITS:
        backend.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Digits(individual_digits=True),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
            ]
        )
    starts = stated["add_bos_token"]
    if starts is None:  # llama.cpp's defaults
        starts = stated["model"] == "llama" or stated["pre"] in LLAMA_3
    if starts and tokenizer("")["input_ids"] != [tokenizer.bos_token_id]:
        bos = tokenizer.bos_token
        backend.post_processor = TemplateProcessing(
            single=f"{bos} $A",
            pair=f"{bos} $A {bos}:1 $B:1",
            special_tokens=[(bos, tokenizer.bos_token_id)],
        )
    return tokenizer


def _scale_positions(config: Any, file: Path) -> None:
    """Llama 3's scaling of rotary positions, which transformers does not read from the file.

    The file holds what each frequency is divided by. The scaling is that of the published models
    (low 1, high 4, trained on 8,192 tokens) with the largest of these as its factor.

    Raises:
        UserError: the divisors are another scaling's.
    """
    import numpy as np
    import torch
    from gguf import GGUFReader
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    tensors = {tensor.name: tensor for tensor in GGUFReader(file).tensors}
    if "rope_freqs.weight" not in tensors:
        return
    stated = np.asarray(tensors["rope_freqs.weight"].data, np.float32)
    theta = config.rope_parameters["rope_theta"]
    config.rope_parameters = {
        "rope_type": "llama3",
        "rope_theta": theta,
        "factor": float(stated.max()),
        **{"low_freq_factor": 1.0, "high_freq_factor": 4.0},
        "original_max_position_embeddings": 8192,
    }
    scaled, _ = ROPE_INIT_FUNCTIONS["llama3"](config, torch.device("cpu"))
    plain = theta ** -(np.arange(0, 2 * len(stated), 2) / (2 * len(stated)))
    if len(scaled) != len(stated) or not np.allclose(plain / scaled.numpy(), stated, rtol=1e-3):
        raise _unreadable(file, "rotary positions in a scaling that is not Llama 3's")


def _half(tensor: Any) -> Any:
    import torch

    if not tensor.is_floating_point():
        return tensor
    half = tensor.to(torch.float16)
    return half if bool(torch.isfinite(half).all()) else tensor


def cache_folder() -> Path:
    """The user's folder for what is made once a machine."""
    if os.environ.get(CACHE):
        return Path(os.environ[CACHE])
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "iwsi"


def _unreadable(file: Path, got: str) -> UserError:
    return UserError(
        field="model.gguf",
        got=f"{file}: {got}",
        expected="a GGUF file of an architecture that transformers reads",
        fix="Name the file of one causal language model, or set model.name to a folder or hub id.",
    )
