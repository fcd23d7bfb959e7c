import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from eval_predict import ScoreMatrix, mean_score, paired_difference, write_matrix
from eval_predict.cli import app

PASSAGES, SIZE = 30, 6
LABELS = np.repeat([f"p{number}" for number in range(PASSAGES)], SIZE)


def _scores() -> np.ndarray:
    """Six models, each better at other passages."""
    rng = np.random.default_rng(0)
    probability = 1 / (1 + np.exp(-rng.normal(0, 2, (6, PASSAGES))))
    return (rng.random((6, PASSAGES * SIZE)) < np.repeat(probability, SIZE, axis=1)) * 1.0


@pytest.fixture(params=["rows.csv", "rows.parquet", "folder", "logs"])
def scores(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    matrix = ScoreMatrix.from_array(_scores(), [f"m{row}" for row in range(6)])
    rows = [
        {"model": model, "item": item, "score": score, "passage": label}
        for model, row in zip(matrix.models, matrix.dense_MN().tolist(), strict=True)
        for item, score, label in zip(matrix.items, row, LABELS, strict=True)
    ]
    path = tmp_path / request.param
    if request.param == "folder":
        write_matrix(matrix, path)
        items = pd.DataFrame({"item": matrix.items, "passage": LABELS})
        items.to_parquet(path / "items.parquet")
    elif request.param == "logs":
        for model in matrix.models:
            (path / model).mkdir(parents=True)
            lines = [
                {
                    "doc_id": int(row["item"]),
                    "doc": {"question": row["item"], "passage": row["passage"]},
                    "resps": [["x"]],
                    "metrics": ["acc"],
                    "acc": row["score"],
                    "filter": "none",
                }
                for row in rows
                if row["model"] == model
            ]
            log = path / model / "samples_squad_2025-01-01T00-00-00.000000.jsonl"
            log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    elif path.suffix == ".csv":
        pd.DataFrame(rows).to_csv(path, index=False)
    else:
        pd.DataFrame(rows).to_parquet(path)
    return str(path)


def _json(*arguments: str) -> Any:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_clusters_come_from_every_kind_of_file(scores: str) -> None:
    model, baseline = _scores()[:2]
    summary = _json("summary", scores, "--cluster", "passage")["models"][0]
    expected = mean_score(model, clusters=LABELS)
    assert (summary["low"], summary["high"]) == pytest.approx((expected.low, expected.high))
    assert summary["method"] == "clusters"
    compare = ["compare", scores, "--model", "m0", "--baseline", "m1"]
    difference = _json(*compare, "--cluster", "passage")
    wide = paired_difference(model, baseline, clusters=LABELS)
    assert (difference["low"], difference["high"]) == pytest.approx((wide.low, wide.high))
    alone = _json(*compare)
    assert alone["high"] - alone["low"] < difference["high"] - difference["low"]


def test_a_prediction_from_whole_passages_is_less_sure(scores: str, tmp_path: Path) -> None:
    observed = tmp_path / "obs.jsonl"
    truth = _scores()[5]
    names = [str(place) for place in range(60)]
    observed.write_text(
        "".join(json.dumps({"item": name, "score": truth[int(name)]}) + "\n" for name in names)
    )
    predict = ["predict", scores, "--observed", str(observed), "--method", "random_sampling"]
    alone, together = _json(*predict), _json(*predict, "--cluster", "passage")
    assert together["value"] == alone["value"]
    assert together["high"] - together["low"] > 1.2 * (alone["high"] - alone["low"])


def test_the_bench_judges_the_intervals_of_clusters(tmp_path: Path) -> None:
    matrix = ScoreMatrix.from_array(np.tile(_scores(), (2, 1)))
    items = pa.table({"item": list(matrix.items), "passage": LABELS.tolist()})
    write_matrix(dataclasses.replace(matrix, metadata=items), tmp_path / "squad")
    bench = ["bench", str(tmp_path / "squad"), "--out", str(tmp_path / "out.csv")]
    bench += ["--methods", "random_sampling", "--split", "interpolation", "--repeats", "2"]
    bench += ["--budget", "30", "--jobs", "1"]
    (alone,) = _json(*bench)["rows"]
    (together,) = _json(*bench, "--cluster", "passage")["rows"]
    assert together["mae"] == alone["mae"]
    assert together["width"] > alone["width"]


def test_a_column_that_is_not_there_is_named(scores: str) -> None:
    result = CliRunner().invoke(app, ["summary", scores, "--cluster", "pasage"])
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "pasage" in result.stderr
