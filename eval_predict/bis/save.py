"""Keeps a fit on disk: arrays as safetensors, the rest as JSON."""

import json
from dataclasses import asdict
from pathlib import Path

from eval_predict.bis.bis import ArrayBIS, FitArrays
from eval_predict.bis.diagnostics import Diagnostics
from eval_predict.errors import UserError

_ARRAYS = "fit.safetensors"
_REST = "fit.json"
_FORMAT = 1
_SETTINGS = ("density", "pca", "truncate", "seeds", "seed", "samples", "force")


def save_fit(bis: ArrayBIS, folder: str | Path) -> None:
    """Write a fitted `BIS` to a folder, which need not exist.

    Prompts, and the encoder, are not kept: what is needed to predict is.

    Raises:
        UserError: (a ValueError) on a folder that cannot be written.
    """
    from safetensors.numpy import save_file

    folder = Path(folder)
    names = FitArrays.__dataclass_fields__
    rest = {
        "format": _FORMAT,
        "settings": {name: getattr(bis, name) for name in _SETTINGS},
        "separability": bis.separability_,
        "diagnostics": asdict(bis.diagnostics_),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: getattr(bis.arrays_, name).copy() for name in names}, folder / _ARRAYS)
        (folder / _REST).write_text(json.dumps(rest, indent=1), encoding="utf-8")
    except OSError as error:
        raise UserError(where=folder, got=error, expected="a folder to write to") from error


def load_fit(folder: str | Path) -> ArrayBIS:
    """Read what `save_fit` wrote; its predictions are the same.

    Raises:
        UserError: (a ValueError) on files that are missing or were not written by `save_fit`.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    folder = Path(folder)
    try:
        rest = json.loads((folder / _REST).read_text(encoding="utf-8"))
        if rest["format"] != _FORMAT:
            raise ValueError(f"format {rest['format']}")
        bis = ArrayBIS(**rest["settings"])
        bis.separability_ = float(rest["separability"])
        diagnostics = rest["diagnostics"]
        diagnostics["contaminated"] = tuple(map(tuple, diagnostics["contaminated"]))
        diagnostics["warnings"] = tuple(diagnostics["warnings"])
        bis.diagnostics_ = Diagnostics(**diagnostics)
        bis.set_arrays(FitArrays(**load_file(folder / _ARRAYS)))
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            where=folder, got=error, expected=f"{_ARRAYS} and {_REST} as save_fit writes them"
        ) from error
    return bis
