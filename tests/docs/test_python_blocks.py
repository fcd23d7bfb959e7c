"""The Python that the documentation shows runs, and prints what it says."""

import re
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from log_shapes import DATE, Shape, lm_sample, write
from worlds import rasch_world

import eval_predict.bis
from eval_predict import write_matrix

ELSEWHERE = {"use.md"}  # needs a finished run: test_use_page.py
PAGES = sorted(
    page
    for page in [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    if page.name not in ELSEWHERE
)


def _nothing(_: Path, __: pytest.MonkeyPatch) -> dict[str, Any]:
    return {}


def _prediction(folder: Path, _: pytest.MonkeyPatch) -> dict[str, Any]:
    world = rasch_world(26, 80)
    write_matrix(world.take_models(np.arange(24)), folder / "scores.parquet")
    return {"scores_TN": world.dense_MN()[24:]}


def _bis(_: Path, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    # The encoder's model is not downloaded for a test: prompts are described by what is counted.
    patch.setattr(eval_predict.bis, "SentenceEncoder", lambda: None)
    rng = np.random.default_rng(0)
    prompts = [
        f"What is {a} + {b}?{' Explain.' * int(c)}" for a, b, c in rng.integers(0, 9, (90, 3))
    ]
    few = np.where(np.arange(30) < 5, 1.0, np.nan)
    return {
        "source_prompts": prompts[:60],
        "target_prompts": prompts[60:],
        "scores": (rng.random(60) < 0.6) * 1.0,
        "few": few,
    }


def _logs(folder: Path, _: pytest.MonkeyPatch) -> dict[str, Any]:
    documents = [lm_sample(doc, acc=float(doc % 2)) for doc in range(100)]
    for model in range(24):
        name = f"runs/org__m{model}/samples_arc_easy_{DATE}.jsonl"
        write(folder, Shape(name, documents))
    write(folder, Shape(f"new/org__new/samples_arc_easy_{DATE}.jsonl", documents[:30]))
    return {}


# What a page takes as given.
GIVEN: dict[str, Callable[[Path, pytest.MonkeyPatch], dict[str, Any]]] = {
    "prediction.md": _prediction,
    "bis.md": _bis,
    "logs.md": _logs,
}


def _blocks(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if _blocks(page)], ids=lambda page: page.name
)
def test_python_blocks_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = GIVEN.get(page.name, _nothing)(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    # Not __main__: a block that starts processes says so, and its imports alone are tried.
    names["__name__"] = "block"
    for block in _blocks(page):
        printed = StringIO()
        with redirect_stdout(printed):
            exec(compile(block, page.name, "exec"), names)  # noqa: S102  # of our own pages
        promised = re.findall(r"# prints (.*)", block)
        assert printed.getvalue().splitlines() == promised


def test_pages_with_python_are_found() -> None:
    assert {"python.md", "prediction.md", "forecast.md"} <= {
        page.name for page in PAGES if _blocks(page)
    }
