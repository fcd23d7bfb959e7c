"""Finds weights that are not finite: of a stored model before it is used, of a loaded one in full.

A training that diverged leaves them, and a model with such weights answers nonsense without an
error.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from eval_predict.errors import UserError
from iwsi.model_files import StoredTensor, safetensors_header

MOST_BYTES = 2**31  # read of stored weights: at most a second where they are in the page cache
CHUNK = 2**18  # bytes; a disk reads less in about the same time

# Types of stored weights: an unsigned integer of their size, and the bits of the exponent, which
# are all set in what is not finite (IEEE 754).
_EXPONENTS: dict[str, tuple[str, int]] = {
    "F64": ("<u8", 0x7FF0_0000_0000_0000),
    "F32": ("<u4", 0x7F80_0000),
    "F16": ("<u2", 0x7C00),
    "BF16": ("<u2", 0x7F80),
}
_LAYER_DIMENSIONS = range(1, 4)  # of a layer's weights; masks, which may be infinite, have 0 or 4


def check_stored(files: Iterable[Path], most_bytes: int = MOST_BYTES) -> None:
    """Refuse weights in safetensors files that are not finite.

    Files of up to `most_bytes` together are read whole. Of larger ones as much is read, in chunks
    that are spread evenly over each tensor, its beginning among them.

    Raises:
        UserError: names the file and the tensor.
    """
    tensors = [
        (file, name, tensor)
        for file in files
        for name, tensor in safetensors_header(file).items()
        if tensor.dtype in _EXPONENTS and len(tensor.shape) in _LAYER_DIMENSIONS
    ]
    total = sum(tensor.end - tensor.begin for _, _, tensor in tensors)
    step = max(-(-total // most_bytes), 1)
    for file, name, tensor in tensors:
        with file.open("rb") as stream:
            if any(_is_not_finite(values, tensor) for values in _chunks(stream, tensor, step)):
                raise _not_finite(name, str(file))


def check_loaded(model: Any, title: str) -> None:
    """Refuse a loaded model with a parameter that is not finite.

    Args:
        model: A PyTorch module; parameters whose memory is elsewhere are left out.
        title: What it is called, for the error.

    Raises:
        UserError: names the parameter.
    """
    import torch

    for name, parameter in model.named_parameters():
        values = parameter.detach()
        if values.is_meta or not values.is_floating_point() or not values.numel():
            continue
        # Both are NaN where a value is.
        if not torch.stack(torch.aminmax(values)).isfinite().all():
            raise _not_finite(name, title)


def _chunks(
    stream: BinaryIO, tensor: StoredTensor, step: int
) -> Iterator[npt.NDArray[np.unsignedinteger[Any]]]:
    kind = np.dtype(_EXPONENTS[tensor.dtype][0])
    for begin in range(tensor.begin, tensor.end, CHUNK * step):
        stream.seek(begin)
        yield np.fromfile(stream, kind, min(CHUNK, tensor.end - begin) // kind.itemsize)


def _is_not_finite(values: npt.NDArray[np.unsignedinteger[Any]], tensor: StoredTensor) -> bool:
    exponent = values.dtype.type(_EXPONENTS[tensor.dtype][1])
    np.bitwise_and(values, exponent, out=values)
    return bool((values == exponent).any())


def _not_finite(name: str, where: str) -> UserError:
    return UserError(
        where=where,
        field=name,
        got="weights that are not finite (NaN or infinity)",
        expected="finite weights",
        fix="Download the model again, or take one from before its training diverged.",
    )
