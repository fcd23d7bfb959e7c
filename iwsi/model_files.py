"""A model's files: which folder they are in, whether they are those of a model, what they hold."""

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError, safe_open

from eval_predict.errors import UserError
from eval_predict.file_kinds import endless_kind
from iwsi.gguf import check_gguf, gguf_folder
from iwsi.recipe import Model

_HEADER_LIMIT = 100_000_000  # bytes, as the safetensors library has it
_NO_HEADER = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


class StoredTensor(NamedTuple):
    """A tensor in a safetensors file.

    Attributes:
        dtype: its type by the format's name, such as BF16.
        shape: its shape.
        begin: where its bytes begin in the file.
        end: where they end.
    """

    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


def model_source(model: Model) -> str:
    """The folder or hub id that the model is loaded from; a GGUF file's folder is made first.

    Raises:
        UserError: as `gguf_folder`.
    """
    return str(gguf_folder(Path(model.gguf))) if model.gguf else model.name


def check_model(model: Model, field: str = "model.name") -> None:
    """Refuse a local model folder that is not there or holds no model.

    Args:
        model: which one.
        field: the recipe's key that names it, for errors.

    Raises:
        UserError: names the folder and what was looked for.
    """
    if model.gguf:
        check_gguf(Path(model.gguf))
        return
    path = Path(model.name)
    if not path.is_absolute():
        if model.name.count("/") > 1 or model.name.startswith("."):
            raise no_model(field, model.name, "no such folder")
        return  # a hub id
    if not path.is_dir():
        raise no_model(field, model.name, "no such folder")
    if not (path / "config.json").is_file():
        raise no_model(field, model.name, "a folder without config.json")
    if (path / "adapter_config.json").exists():  # transformers would load the base that it names
        raise UserError(
            field=field,
            got=f"{model.name}: a model with an adapter_config.json, which may name another model",
            expected="a whole model",
            fix="Merge the adapter (`iwsi export RUN --merge` does), or remove that file.",
        )
    for file in path.iterdir():
        if file.exists() and (kind := endless_kind(file)) is not None:  # never read to its end
            raise no_model(field, model.name, f"{kind} {file.name!r}")


def count_parameters(model: str) -> int | None:
    """Parameters of a local model, from the headers of its safetensors files; None if it has none.

    Source: the safetensors format, 8 bytes of header length and a JSON header.

    Raises:
        UserError: a file that is called so and is none.
    """
    total = 0
    for path in Path(model).glob("*.safetensors"):
        total += sum(math.prod(shape) for shape in safetensors_shapes(path).values())
    return total or None


def stored_bytes(model: str) -> int | None:
    """Bytes of a local model's safetensors files; None if it has none."""
    return sum(path.stat().st_size for path in Path(model).glob("*.safetensors")) or None


def safetensors_shapes(file: Path) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a file's tensors, from its header alone.

    Raises:
        UserError: as `safetensors_header`.
    """
    return {name: tensor.shape for name, tensor in safetensors_header(file).items()}


def safetensors_header(file: Path) -> dict[str, StoredTensor]:
    """A file's tensors by their names, from its header alone.

    Raises:
        UserError: the header is damaged, or does not fit the file's size.

    Source: the safetensors format, 8 bytes of header length and a JSON header.
    """
    size = file.stat().st_size
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if not 0 < length <= min(size - 8, _HEADER_LIMIT):
                raise ValueError("the header's length is not that of a header")
            header: dict[str, Any] = json.loads(stream.read(length))
        header.pop("__metadata__", None)
        tensors = {name: _stored_tensor(entry, 8 + length) for name, entry in header.items()}
    except _NO_HEADER as error:
        raise _damaged(file, error) from None
    wanted = max((tensor.end for tensor in tensors.values()), default=8 + length)
    if size != wanted:
        reason = "it was cut off" if size < wanted else "something was appended to it"
        raise UserError(
            where=str(file),
            got=f"{size:,} bytes",
            expected=f"{wanted:,} bytes, as its header says",
            fix=f"Download the file again: {reason}.",
        )
    try:
        with safe_open(str(file), framework="numpy"):  # reads the header and compares it
            return tensors
    except (SafetensorError, ValueError) as error:
        raise _damaged(file, error) from None


def _damaged(file: Path, error: Exception) -> UserError:
    reason = str(error).removeprefix("Error while deserializing header: ")[:80]
    return UserError(
        where=str(file),
        got=f"a damaged safetensors header ({reason})",
        expected="a model's weights",
        fix="Download the file again; if the file came with git lfs, run `git lfs pull`.",
    )


def _stored_tensor(entry: dict[str, Any], data: int) -> StoredTensor:
    begin, end = (int(offset) for offset in entry["data_offsets"])
    if not 0 <= begin <= end:
        raise ValueError(f"a tensor from byte {begin} to byte {end}")
    return StoredTensor(str(entry["dtype"]), tuple(entry["shape"]), data + begin, data + end)


def find_file(model: Model, name: str) -> str | None:
    """One of the model's files, downloaded for a hub id; None where the model has no such file."""
    from transformers.utils import cached_file

    found: str | None = cached_file(
        model_source(model),
        name,
        revision=model.revision,
        _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
    )
    return found


def no_model(field: str, name: str, got: str) -> UserError:
    """The error for a folder or hub id that no model can be loaded from.

    Args:
        field: The recipe's key that names it.
        name: The folder or hub id.
        got: What was found there.
    """
    return UserError(
        field=field,
        got=f"{name}: {got}",
        expected="a folder that save_pretrained wrote, or a hub id such as org/name",
        fix="Save or download the model again."
        if Path(name).is_dir()
        else "A path begins with ./ or /.",
    )
