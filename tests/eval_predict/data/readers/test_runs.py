"""Several runs of one model: kept where they are asked for, and named."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from log_shapes import Shape, lm_sample, write
from pyarrow import parquet
from typer.testing import CliRunner

import eval_predict.cli
from eval_predict import ReadOptions, UserError, read

SEEDS = "model,seed,item,score\n" + "".join(
    f"{model},{seed},q{item},{int((item + seed * (model == 'a')) % 3 > 0)}\n"
    for model in "ab"
    for seed in range(3)
    for item in range(9)
)


def _json(*arguments: str) -> dict:
    result = CliRunner().invoke(eval_predict.cli.app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_column_of_seeds_makes_runs(tmp_path: Path) -> None:
    file = write(tmp_path, Shape("seeds.csv", SEEDS))
    reading = read(file)
    assert reading.runs["a"].names == ("0", "1", "2")
    assert reading.runs["a"].scores_RN.shape == (3, 9)
    np.testing.assert_allclose(
        reading.runs["a"].scores_RN.mean(axis=0), reading.matrix.dense_MN()[0]
    )
    record = _json("summary", str(file))
    assert [row["runs"]["runs"] for row in record["models"]] == [3, 3]
    assert record["models"][1]["runs"]["residual"] == 0  # the three runs of b are one
    compared = _json("compare", str(file), "--model", "a", "--baseline", "b")
    assert set(compared["runs"]) == {"a", "b"}
    assert compared["method"].endswith("_and_runs")
    shown = CliRunner().invoke(eval_predict.cli.app, ["summary", str(file)])
    assert "a: 3 runs of 9 items; standard deviations points: between runs" in shown.stdout


def test_a_setting_that_no_file_has_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, Shape("seeds.csv", SEEDS))
    with pytest.raises(UserError, match="no setting or column"):
        read(file, ReadOptions(runs="sede"))
    assert set(read(file, ReadOptions(runs="seed")).runs) == {"a", "b"}


def test_one_run_of_them_is_chosen_with_epoch(tmp_path: Path) -> None:
    reading = read(write(tmp_path, Shape("seeds.csv", SEEDS)), ReadOptions(epoch="1"))
    assert not reading.runs
    assert reading.repeats is None


def test_logs_of_one_model_are_runs_where_that_is_asked_for(tmp_path: Path) -> None:
    for day in (3, 4):
        date = f"2026-02-0{day}T04-05-06.000000"
        records = [lm_sample(doc, acc=float(doc < day)) for doc in range(6)]
        write(tmp_path, Shape(f"org__m/samples_arc_{date}.jsonl", records))
    latest = read(tmp_path)
    assert not latest.runs
    assert any("--runs all keeps all" in note for note in latest.notes)
    runs = read(tmp_path, ReadOptions(runs="all")).runs["org/m"]
    assert [name[:10] for name in runs.names] == ["2026-02-03", "2026-02-04"]
    assert runs.scores_RN.mean(axis=1) == pytest.approx([3 / 6, 4 / 6])


def test_settings_and_parts_of_names_distinguish_runs(tmp_path: Path) -> None:
    for seed in (1, 2):
        folder = f"m{seed}"
        date = f"2026-02-0{seed}T04-05-06.000000"
        records = [lm_sample(doc, acc=float(doc < seed)) for doc in range(4)]
        write(tmp_path, Shape(f"{folder}/samples_arc_{date}.jsonl", records))
        about = {"results": {"arc": {}}, "model_name": f"org/m-s{seed}"}
        about["config"] = {"model_args": f"pretrained=org/m,seed={seed}"}
        write(tmp_path, Shape(f"{folder}/results_{date}.json", about))
    assert set(read(tmp_path).models) == {"org/m-s1", "org/m-s2"}
    reading = read(tmp_path, ReadOptions(runs="/-s[0-9]+/"))
    assert (reading.models, reading.runs["org/m"].names) == (("org/m",), ("-s1", "-s2"))
    with pytest.raises(UserError, match="which no model's name has"):
        read(tmp_path, ReadOptions(runs="/x+/"))
    with pytest.raises(UserError, match="a pattern such as"):
        read(tmp_path, ReadOptions(runs="/(/"))


def test_a_model_of_one_run_is_taken_to_vary_as_the_other(tmp_path: Path) -> None:
    rows = [line for line in SEEDS.splitlines() if not line.startswith(("b,1", "b,2"))]
    file = write(tmp_path, Shape("seeds.csv", "\n".join(rows) + "\n"))
    compared = _json("compare", str(file), "--model", "a", "--baseline", "b")
    assert any("b has one run" in warning for warning in compared["warnings"])


def test_runs_of_iwsi_with_several_seeds_are_runs_of_a_round(tmp_path: Path) -> None:
    for seed in range(3):
        folder = tmp_path / f"demo-{seed}"
        rows = {"item": ["a", "b", "c"], "score": [1.0, 0.0, float(seed > 0)]}
        table = pa.table({"model": [f"demo-{seed}/round-1"] * 3, **rows})
        folder.mkdir()
        parquet.write_table(table, folder / "scores.parquet")
        parquet.write_table(pa.table({"item": ["a"], "loss": [0.5]}), folder / "losses.parquet")
        (folder / "ledger.json").write_text("{}")
    assert len(read(tmp_path).models) == 3
    reading = read(tmp_path, ReadOptions(runs="/-[0-9]+/"))
    assert reading.models == ("demo/round-1",)
    assert reading.runs["demo/round-1"].scores_RN.mean(axis=1) == pytest.approx(
        [1 / 3, 2 / 3, 2 / 3]
    )
