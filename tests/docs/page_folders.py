"""What lies in a reader's folder before a page's commands run, and what is done between them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import yaml
from bis_worlds import made_prompts, made_scores
from conftest import MODEL, ROOT, small_recipe, write_jsonl
from export.finished_run import finished_run
from pyarrow import csv, parquet
from worlds import rasch_world

from eval_predict import write_matrix
from iwsi.recipe.load import load_recipe

Prepare = Callable[[Path], None]

# What makes any recipe over the tiny model small enough for a test.
SMALL = (
    "task.train.size=24",
    "task.validation.size=30",
    "task.test.size=20",
    "sample.engine=transformers",
    "sample.n=4",
    "sample.max_tokens=48",
    "train.epochs=1",
    "train.learning_rate=5e-4",
    "test.full=every",
    "forecast={budget: 5}",
)
AUDIT = ("audit={rows: 20}",)


def nothing(_: Path) -> None:
    """An empty folder."""


def all_of(*steps: Prepare) -> Prepare:
    """Several preparations, one after the other."""

    def prepare(folder: Path) -> None:
        for step in steps:
            step(folder)

    return prepare


def recipe(name: str, *overrides: str) -> Prepare:
    """A small recipe as that file, with an audit."""

    def prepare(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        small_recipe(path.parent).rename(path)
        _rewrite(path, (*SMALL, *AUDIT, *overrides))

    return prepare


def shrunk(name: str, *overrides: str) -> Prepare:
    """The recipe that a command has written, with the tiny model and few rows."""

    def prepare(folder: Path) -> None:
        _rewrite(folder / name, (f"model.name={MODEL}", *SMALL, *AUDIT, *overrides))

    return prepare


def finished(name: str) -> Prepare:
    """A run of one round in that folder, written by hand."""

    def prepare(folder: Path) -> None:
        finished_run(folder / name)

    return prepare


def copied(source: str, target: str) -> Prepare:
    """A copy of a folder or file; a source that is not absolute lies in the reader's folder."""

    def prepare(folder: Path) -> None:
        origin, copy = folder / source, folder / target
        copy.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            shutil.copytree(origin, copy, dirs_exist_ok=True)
        else:
            shutil.copy(origin, copy)

    return prepare


def rows(name: str, count: int = 120, split: str = "validation") -> Prepare:
    """Rows of the demo's task as CSV or JSONL."""
    source = ROOT / "recipes" / "tiny_arith" / f"{split}.jsonl"

    def prepare(folder: Path) -> None:
        found = [json.loads(line) for line in source.read_text().splitlines()[:count]]
        if name.endswith(".csv"):
            table = pa.Table.from_pylist(found)
            csv.write_csv(table, folder / name)
        else:
            write_jsonl(folder / name, found)

    return prepare


def outputs(folder: Path) -> None:
    """Completions of GSM8K's questions."""
    texts = ["She has 3 + 2 = 5 pens. The answer is 5.", "No idea."]
    write_jsonl(folder / "outputs.jsonl", [{"completion": text} for text in texts])


def benchmarks(*names: str) -> Prepare:
    """Folders of items with prompts and of scores, in the folder and in its `data`."""

    def prepare(folder: Path) -> None:
        rng = np.random.default_rng(0)
        for place, name in enumerate(names):
            prompts = [f"{name} {text}" for text in made_prompts(rng, 120, 2 + place % 3)]
            scores_MN = made_scores(rng, prompts, 3)
            items = [f"{name}-{row}" for row in range(120)]
            models = ["my-model", "b", "c"]
            for path in (folder / name, folder / "data" / name):
                path.mkdir(parents=True)
                table = pa.table({"item": items, "prompt": prompts})
                parquet.write_table(table, path / "items.parquet")
                scores = {
                    "model": np.repeat(models, 120),
                    "item": items * 3,
                    "score": scores_MN.ravel(),
                }
                parquet.write_table(pa.table(scores), path / "scores.parquet")

    return prepare


def scores(folder: Path) -> None:
    """A matrix of 24 models and 60 items."""
    write_matrix(rasch_world(), folder / "scores.parquet")


def answered(record: str, result: str | None = None) -> Prepare:
    """The first model's scores beside the items of a file that `select` or `next` wrote."""

    def prepare(folder: Path) -> None:
        world = rasch_world()
        scores_N = world.dense_MN()[0]
        content = json.loads((folder / record).read_text())
        for item in content["items"]:
            item["score"] = float(scores_N[world.items.index(item["item"])])
        if result is None:
            (folder / record).write_text(json.dumps(content))
        else:
            write_jsonl(folder / result, content["items"])

    return prepare


def _rewrite(path: Path, overrides: tuple[str, ...]) -> None:
    values = load_recipe(path, list(overrides)).model_dump(mode="json", exclude_defaults=True)
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
