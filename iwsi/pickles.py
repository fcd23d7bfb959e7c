"""Refuses weights of a model or an adapter that are a pickle."""

import json
from pathlib import Path
from typing import Any

from eval_predict.errors import UserError
from iwsi.recipe import Model


def weights_options(folder: Path, model: Model) -> dict[str, Any]:
    """Options of `from_pretrained` with which it reads no weights that are a pickle.

    Raises:
        UserError: the folder's index names files that are not its own safetensors.
    """
    if model.allow_pickle:
        return {}
    for index in folder.glob("*.index.json"):
        _check_index(index)
    return {"use_safetensors": True}


def _check_index(index: Path) -> None:
    """Refuse an index that names other files: whatever it names would be read, also a pickle."""
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        wrong = sorted(name for name in names if not _lies_in(index.parent, name))
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        wrong = [f"no weight_map that can be read ({type(error).__name__})"]
    if wrong:
        raise UserError(
            where=str(index),
            field="weight_map",
            got=str(wrong[0])[:100],
            expected="names of safetensors files in the same folder",
            fix="Save or download the model again.",
        )


def _lies_in(folder: Path, name: str) -> bool:
    path = Path(name)
    return path.name == name and path.suffix == ".safetensors" and (folder / name).is_file()


def check_adapter(adapter: Path) -> None:
    """Refuse a folder that is no PEFT adapter, or an adapter whose weights are a pickle.

    Raises:
        UserError: a file of it is missing.
    """
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        if not (adapter / name).is_file():
            pickled = (adapter / "adapter_model.bin").is_file()
            raise UserError(
                field="adapter",
                got=f"{adapter}: no {name}"
                + (", only adapter_model.bin, a pickle, which can run code" if pickled else ""),
                expected="a folder that PEFT's save_pretrained wrote",
                fix="Load it with PEFT where you trust its source, and save it again."
                if pickled
                else None,
            )
