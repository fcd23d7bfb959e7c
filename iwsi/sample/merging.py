"""An adapter merged into the weights of its base, once on disk for every engine that samples."""

import json
import logging
import shutil
from pathlib import Path
from typing import Any

from filelock import FileLock

from iwsi.files import atomic_path, file_digest
from iwsi.model_files import find_file, model_source
from iwsi.models import load_weights
from iwsi.recipe import Model

FOLDER = "merged"  # beside the adapter; it can be made again at any time
_MADE_FROM = "made_from.json"
# vLLM looks for them beside the weights of a family that reads images.
_PROCESSOR = ("preprocessor_config.json", "processor_config.json", "video_preprocessor_config.json")


def merged_model(model: Model, adapter: Path) -> Path:
    """The folder of the merged model, made where it is missing or is another adapter's.

    Several processes may ask for it at once: one makes it and the others wait.

    Raises:
        UserError: base or adapter cannot be loaded.
    """
    folder = adapter.parent / FOLDER
    made_from = {
        "adapter": file_digest(adapter / "adapter_model.safetensors"),
        "model": model_source(model),
        "revision": model.revision,
        "dtype": model.dtype,
    }
    with FileLock(folder.with_suffix(".lock")):
        if _read(folder / _MADE_FROM) != made_from:
            with atomic_path(folder) as partial:
                partial.mkdir(parents=True, exist_ok=True)
                _merge(model, adapter, partial)
                (partial / _MADE_FROM).write_text(json.dumps(made_from), encoding="utf-8")
    return folder


def _merge(model: Model, adapter: Path, out: Path) -> None:
    logging.getLogger("transformers.modeling_utils").setLevel(logging.ERROR)
    load_weights(model, adapter).save_pretrained(str(out))
    for name in _PROCESSOR:
        if (found := find_file(model, name)) is not None:
            shutil.copyfile(found, out / name)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
