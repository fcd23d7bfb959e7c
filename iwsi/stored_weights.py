"""A model's weight files beside what its configuration asks for."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval_predict.errors import UserError
from iwsi.finite_weights import check_stored
from iwsi.model_files import StoredTensor, model_source, safetensors_header
from iwsi.pickles import weights_options
from iwsi.recipe import Model

Shapes = Mapping[str, tuple[int, ...]]


def check_weights(model: Model, built: Any) -> None:
    """Compare the weight files' headers with what the configuration asks for.

    Args:
        model: The recipe's model.
        built: The model without weights.

    Raises:
        UserError: weights are missing, damaged, a pickle, of another shape, or not finite.
    """
    folder = Path(model_source(model))
    if not folder.is_dir():
        return  # a hub id: its weights are not here yet
    files = sorted(folder.glob("*.safetensors"))
    weights_options(folder, model)  # refuses an index that names other files
    if not files:
        if model.allow_pickle and _pickled(folder):
            return  # nothing of a pickle is read before it is loaded
        _refuse_pickle(model, folder)
    stored: dict[str, tuple[int, ...]] = {}
    for file in files:
        header = safetensors_header(file)
        _refuse_foreign(file, header)
        stored |= {name: tensor.shape for name, tensor in header.items()}
    wanted = {name: tuple(value.shape) for name, value in built.state_dict().items()}
    for name, shape in wanted.items():
        found = _find(stored, name)
        if found is not None and found != shape:
            raise UserError(
                where=str(folder),
                field=name,
                got=f"weights of shape {list(found)}",
                expected=f"{list(shape)}, as config.json says",
                fix="Check that the weights and config.json belong to the same model.",
            )
    trained = {name: tuple(value.shape) for name, value in built.named_parameters()}
    _refuse_missing(folder, trained, stored)
    _refuse_more_layers(folder, trained, stored, built.config)
    head, embeddings = _head_name(built), built.get_input_embeddings()
    tied = head is not None and built.get_output_embeddings().weight is embeddings.weight
    # Its name in the files may be another one, as GPT-NeoX's is: the shape tells.
    of_head = wanted.get(head or "")
    alike = sum(shape == of_head for shape in stored.values())
    if of_head and not tied and alike < 1 + (tuple(embeddings.weight.shape) == of_head):
        raise UserError(
            where=str(folder),
            field=head,
            got="no such tensor in the weights",
            expected="an output head, since config.json does not tie it to the embeddings",
            fix="Download the weights again, or set tie_word_embeddings in config.json if the "
            "model was trained so.",
        )
    check_stored(files)


def _refuse_foreign(file: Path, header: Mapping[str, StoredTensor]) -> None:
    """Refuse tensors that transformers would leave out, or take for other numbers than they are."""
    for name, tensor in header.items():
        wrapper = next((prefix for prefix in _WRAPPERS if name.startswith(prefix)), None)
        if wrapper:
            raise UserError(
                where=str(file),
                field=name,
                got=f"a name that begins with {wrapper}, as {_WRAPPERS[wrapper]} saves it",
                expected="names as the model itself saves them",
                fix="Unwrap the model before it is saved, or remove the prefix from all names.",
            )
        if ".lora_A." in name or ".base_layer." in name:
            raise UserError(
                where=str(file),
                field=name,
                got="a model with an adapter that is not merged",
                expected="whole weights",
                fix="Merge the adapter (merge_and_unload) and save the model again.",
            )
        if name.endswith(".weight") and tensor.dtype not in _FLOATING:
            raise UserError(
                where=str(file),
                field=name,
                got=f"weights of type {tensor.dtype}, as a quantised model has them",
                expected="weights in float32, bfloat16 or float16, on which an adapter is trained",
                fix="Use the model that it was quantised from.",
            )


def _refuse_missing(folder: Path, wanted: Shapes, stored: Shapes) -> None:
    """Refuse weights that lack a layer which others of its kind have, or what is no layer.

    Names that differ from those in the files differ for all layers, and say nothing.
    """
    found = {_LAYER.sub(".", name) for name in wanted if _find(stored, name) is not None}
    absent = [name for name in wanted if _find(stored, name) is None]
    missing = [name for name in absent if _LAYER.search(name) and _LAYER.sub(".", name) in found]
    layers = [name for name in wanted if _LAYER.search(name)]
    if layers and not missing and all(_find(stored, name) is not None for name in layers):
        missing = [name for name in absent if not name.endswith(_HEADS)]
    if missing:
        raise UserError(
            where=str(folder),
            field=missing[0],
            got="no such tensor in the weights"
            + (f", nor {len(missing) - 1} more" if missing[1:] else ""),
            expected="weights of every layer that config.json names",
            fix="Check that the weights and config.json belong to the same model, or download "
            "the weights again.",
        )


def _refuse_more_layers(folder: Path, wanted: Shapes, stored: Shapes, config: Any) -> None:
    """Refuse files with layers that the configuration leaves out: the model would be cut short."""
    layers = {_LAYER.sub(".", name) for name in wanted if name in stored and _LAYER.search(name)}
    more = [
        name
        for name in stored
        if name not in wanted and _LAYER.search(name) and _LAYER.sub(".", name) in layers
    ]
    # Some come with a layer that predicts a further token, behind the others.
    extra = getattr(config.get_text_config(), "num_nextn_predict_layers", 0) or 0
    numbers = {match.group() for name in more if (match := _LAYER.search(name))}
    if len(numbers) > extra:
        raise UserError(
            where=str(folder),
            field=more[0],
            got=f"weights of {len(numbers)} more layers than config.json has",
            expected="as many layers as config.json says",
            fix="Check that the weights and config.json belong to the same model.",
        )


_WRAPPERS = {
    "_orig_mod.": "torch.compile",
    "_fsdp_wrapped_module.": "FSDP",
    "base_model.model.": "PEFT",
    "module.": "DistributedDataParallel",
}
_FLOATING = frozenset({"BF16", "F16", "F32", "F64"})
_HEADS = ("lm_head.weight", "embed_out.weight")  # checked by its shape
_LAYER = re.compile(r"\.[0-9]+\.")


def _pickled(folder: Path) -> list[Path]:
    return sorted(folder.glob("pytorch_model*.bin"))


def _refuse_pickle(model: Model, folder: Path) -> None:
    if pickled := _pickled(folder):
        raise UserError(
            where=str(folder),
            got=f"{pickled[0].name}, a pickle, which can run code when it is loaded",
            expected="safetensors",
            fix="Where you trust its source, set model.allow_pickle=true, or load it with "
            "transformers and save it again.",
        )
    raise UserError(
        where=str(folder),
        got="a model without weights (no *.safetensors)",
        expected="a folder that save_pretrained wrote",
        fix="If the folder came with git lfs, run `git lfs pull` in it.",
    )


def _find(stored: Shapes, name: str) -> tuple[int, ...] | None:
    """A tensor's shape; base models are stored with and without their prefix."""
    for candidate in (name, name.removeprefix("model."), f"model.{name}"):
        if candidate in stored:
            return stored[candidate]
    return None


def _head_name(built: Any) -> str | None:
    head = built.get_output_embeddings()
    if head is None:
        return None
    return next(
        (f"{name}.weight" for name, module in built.named_modules() if module is head), None
    )
