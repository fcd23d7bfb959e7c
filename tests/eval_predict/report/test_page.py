"""The page of `eval-predict report`: what was given is there, and nothing of it is markup."""

import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

import eval_predict.cli
from eval_predict.bench.results import BenchRow, write_rows

MODELS, ITEMS = 24, 60
HOSTILE = "m3<script>alert(1)</script>"


def _row(split, method, mae, coverage):
    return BenchRow("b", split, 50.0, method, mae, 4.0, 0.1, coverage, 9.0, 11.0, None, 0.1, 5)


BENCH = [
    _row("interpolation", "random_sampling", 4.0, 0.95),
    _row("interpolation", "auto", 2.0, 0.97),
    _row("frontier", "auto", 3.0, 0.93),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Scores, a new model's on some items, and rows of a bench."""
    folder = tmp_path_factory.mktemp("scores")
    rng = np.random.default_rng(0)
    ability_M, difficulty_N = np.linspace(-1.5, 2, MODELS + 1), rng.normal(0, 1, ITEMS)
    probability_MN = 1 / (1 + np.exp(difficulty_N - ability_M[:, None]))
    scores_MN = (rng.random(probability_MN.shape) < probability_MN).astype(int)
    names = [f"m{number}" if number != 3 else HOSTILE for number in range(MODELS)]
    lines = [f"{name},q{i},{scores_MN[m, i]}" for m, name in enumerate(names) for i in range(ITEMS)]
    (folder / "scores.csv").write_text("\n".join(["model,item,score", *lines]) + "\n")
    new = [{"item": f"q{i}", "score": int(scores_MN[-1, i])} for i in range(0, ITEMS, 6)]
    (folder / "new.jsonl").write_text("".join(json.dumps(row) + "\n" for row in new))
    write_rows(BENCH, folder / "bench.csv")
    return folder


def _report(folder, *more):
    command = ["report", str(folder / "scores.csv"), "--out", str(folder / "page.html"), *more]
    return CliRunner().invoke(eval_predict.cli.app, command)


def test_models_items_estimate_and_methods_are_on_one_page(folder):
    given = ["--observed", str(folder / "new.jsonl"), "--bench", str(folder / "bench.csv")]
    done = _report(folder, *given)
    assert done.exit_code == 0, done.output
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert "from 10 of 60 items" in page
    assert len(re.findall(r'<th scope="row">q\d+</th>', page)) == ITEMS + 10
    assert page.index('<th scope="row">frontier</th>') < page.index(">interpolation</th>")
    assert "<td>0.75</td>" in page  # 3 of 4 points: the error as a share of random sampling's
    assert HOSTILE not in page
    assert "m3&lt;script&gt;" in page
    assert not re.findall(r'(?:src|href)="(?!#|data:)', page)  # nothing from elsewhere


def test_without_more_there_are_models_and_items_alone(folder):
    assert _report(folder).exit_code == 0
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert 'id="models"' in page
    assert 'id="items"' in page
    assert 'id="methods"' not in page
    assert 'id="observed"' not in page
