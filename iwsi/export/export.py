"""The folder that `iwsi export` writes, and its upload to a hub."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from eval_predict.errors import UserError
from iwsi.export.card import dataset_card, model_card
from iwsi.export.gguf import check_convertible, write_gguf
from iwsi.export.harness import write_samples
from iwsi.files import read_table, write_json, write_table, write_text
from iwsi.models import load_tokenizer, load_weights, model_config
from iwsi.recipe import Recipe
from iwsi.recipe.portable import base_name
from iwsi.rounds.layout import RoundFiles, adapter_of
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.outcome import result_warning
from iwsi.rounds.reports import RunOutcome, RunSummary
from iwsi.rounds.run_dir import read_recipe
from iwsi.rounds.summary import summarise

_ADAPTER_FILES = ("adapter_model.safetensors", "adapter_config.json", "train_metrics.jsonl")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options of an export.

    Attributes:
        number: the round; None: the run's result.
        merge: the whole model with the adapter merged in, in place of the adapter.
        gguf: the whole model as one GGUF file, too.
        data: the candidates that the round was trained on, too.
        samples: per-item results of every full test, as lm-evaluation-harness writes them, too.
    """

    number: int | None = None
    merge: bool = False
    gguf: bool = False
    data: bool = False
    samples: bool = False


@dataclass(frozen=True, slots=True)
class Exported:
    """The result of an export."""

    out: Path
    round: int
    files: tuple[str, ...]
    warning: str | None = None  # that the round is surely worse than the base model


class Hub(Protocol):
    """The part of `huggingface_hub.HfApi` that a push needs."""

    def create_repo(self, repo_id: str, *, private: bool, exist_ok: bool) -> Any:
        """Make the repository."""

    def upload_folder(self, *, repo_id: str, folder_path: str, commit_message: str) -> Any:
        """Upload a folder to it."""


def export_run(root: Path, out: Path, wanted: Wanted) -> Exported:
    """Write a round of a run to a new folder, whole or not at all.

    Raises:
        UserError: there is no such round or it trained nothing, or `out` holds something.
    """
    recipe = read_recipe(root)
    summary = summarise(root, recipe, Ledger(root))
    number = _number(root, recipe, summary, wanted.number)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UserError(
            where="--out",
            got=f"{out}, which holds something already",
            expected="a new or empty folder",
            fix="Name another folder, or remove this one.",
        )
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        _write(root, partial, recipe, summary, number, wanted)
        if out.exists():
            out.rmdir()
        partial.rename(out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    files = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    outcome = RunOutcome(number, None)
    return Exported(out, number, tuple(files), result_warning(replace(summary, result=outcome)))


def push(folder: Path, hub_id: str, hub: Hub | None = None) -> str:
    """Upload an export to a hub repository, private unless it is there already.

    The token is the one that `hf auth login` or HF_TOKEN gives; it is neither read nor written
    here.

    Raises:
        UserError: the name is no repository's, or the hub refuses.
    """
    if hub_id.count("/") != 1 or hub_id.startswith((".", "/")):
        raise UserError(
            where="--push",
            got=hub_id,
            expected="a repository such as my-name/my-model",
        )
    if hub is None:
        from huggingface_hub import HfApi

        hub = HfApi()
    try:
        hub.create_repo(hub_id, private=True, exist_ok=True)
        hub.upload_folder(
            repo_id=hub_id, folder_path=str(folder), commit_message="Upload an iwsi run's result"
        )
    except Exception as error:
        # The client's errors are OSErrors and ValueErrors, and those of the HTTP library below it.
        if not isinstance(error, OSError | ValueError) and "httpx" not in type(error).__module__:
            raise
        raise UserError(
            where="--push",
            field=hub_id,
            got=str(error).splitlines()[0][:200] if str(error) else type(error).__name__,
            expected="a hub that takes the upload",
            fix=f"Log in with `hf auth login`, then upload {folder} again.",
        ) from error
    return hub_id


def _number(root: Path, recipe: Recipe, summary: RunSummary, wanted: int | None) -> int:
    number = wanted
    if number is None and summary.result is not None:
        number = summary.result.round
    if number == 0 and wanted is None and not recipe.warm_start:
        raise UserError(
            where=str(root),
            got="a run whose result is the base model: no round was better",
            expected="a round that was trained",
            fix="Name a round with --round to export it all the same.",
        )
    trained = [
        row.round
        for row in summary.rounds
        if (root / (adapter_of(recipe, row.round) or "-")).is_dir()
    ]
    if number not in trained:
        raise UserError(
            where=str(root),
            field="--round",
            got="no result yet" if number is None else f"{number}, which has no adapter",
            expected=f"one of {', '.join(map(str, trained))}" if trained else "a trained round",
        )
    return number


def _write(
    root: Path, out: Path, recipe: Recipe, summary: RunSummary, number: int, wanted: Wanted
) -> None:
    adapter = root / RoundFiles.of(number).adapter
    tokenizer = load_tokenizer(recipe.model)
    if wanted.gguf:
        check_convertible(model_config(recipe.model), tokenizer)  # before weights are loaded
    whole = load_weights(recipe.model, adapter) if wanted.merge or wanted.gguf else None
    if whole is not None and wanted.gguf:
        name = f"{recipe.task.name}-round-{number}"
        write_gguf(whole, tokenizer, name, out / f"{name}-f16.gguf")
    if whole is not None and wanted.merge:
        whole.save_pretrained(str(out))
    else:
        for name in _ADAPTER_FILES:
            if (adapter / name).is_file():
                shutil.copyfile(adapter / name, out / name)
        _name_base(out / "adapter_config.json", recipe)
    tokenizer.save_pretrained(str(out))
    write_text(out / "README.md", model_card(recipe, summary, number, merged=wanted.merge))
    if wanted.data:
        _write_data(root, out / "data", recipe, number)
    if wanted.samples:
        for row in summary.rounds:
            if row.accuracy is not None:
                model = f"{root.name}/round-{row.round}"
                write_samples(root, row.round, recipe.task.name, model, out / "samples")


def _name_base(config: Path, recipe: Recipe) -> None:
    """The base as the recipe says it, so that PEFT finds the same revision."""
    values = json.loads(config.read_text(encoding="utf-8"))
    if recipe.model.gguf is None:
        values["base_model_name_or_path"] = base_name(recipe.model)
    values["revision"] = recipe.model.revision
    write_json(config, values)


def _write_data(root: Path, out: Path, recipe: Recipe, number: int) -> None:
    columns = ["prompt", "text", "answer", "vote_share", "weight", "keep"]
    table = read_table(root / RoundFiles.of(number).selection, columns)
    kept = table.filter(table["keep"]).drop_columns("keep")
    kept = kept.rename_columns(["prompt", "completion", "answer", "vote_share", "weight"])
    out.mkdir()
    write_table(out / "train.parquet", kept)
    write_text(out / "README.md", dataset_card(recipe, number, kept.num_rows))
