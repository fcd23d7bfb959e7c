import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT, assert_fault, write_jsonl
from typer.testing import CliRunner

from iwsi.cli import app

TEXTS = ["5 + 5 = 10. The answer is 10.", "I cannot tell.", "So $1,200.00", None]
CANONICAL = ["10", None, "1200", None]
SHARED = Path(os.environ.get("IWSI_SHARED_DATA", ROOT.parent / "shared" / "data"))


def _answers(*arguments):
    return CliRunner().invoke(app, ["answers", *map(str, arguments)])


@pytest.fixture(params=[".jsonl", ".csv", ".parquet"])
def outputs(request, tmp_path) -> Path:
    path = tmp_path / f"outputs{request.param}"
    if request.param == ".parquet":
        pq.write_table(pa.table({"text": TEXTS}), path)
    elif request.param == ".csv":
        path.write_text(
            'text\n"5 + 5 = 10. The answer is 10."\nI cannot tell.\n"So $1,200.00"\n""\n'
        )
    else:
        write_jsonl(path, [{"text": text} for text in TEXTS])
    return path


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_each_row_gets_its_number_and_its_canonical_answer(outputs, tmp_path, suffix):
    out = tmp_path / f"answers{suffix}"
    result = json.loads(_answers("gsm8k", outputs, "--text", "text", "--out", out, "--json").stdout)
    assert result == {"rows": 4, "answered": 2, "out": str(out)}
    if suffix == ".parquet":
        table = pq.read_table(out)
        assert table.column_names == ["row", "answer"]
        assert table["row"].to_pylist() == [0, 1, 2, 3]
        assert table["answer"].to_pylist() == CANONICAL


def test_without_out_the_answers_are_printed(outputs):
    assert (
        _answers("gsm8k", outputs, "--text", "text").stdout == "row,answer\n0,10\n1,\n2,1200\n3,\n"
    )
    result = json.loads(_answers("gsm8k", outputs, "--text", "text", "--json").stdout)
    assert result == {"rows": 4, "answered": 2, "answers": CANONICAL}


@pytest.mark.parametrize(
    ("task", "text", "answer"),
    [
        ("openbookqa", "The answer is (b).", "B"),
        ("strategyqa", "So the answer is Yes.", "yes"),
        ("anli_r1", "It does not follow. The answer is (C).", "C"),
    ],
)
def test_the_task_says_what_an_answer_is(tmp_path, task, text, answer):
    file = write_jsonl(tmp_path / "o.jsonl", [{"text": text}])
    assert _answers(task, file, "--text", "text").stdout == f"row,answer\n0,{answer}\n"


def test_a_recipe_file_is_a_task_too(recipe_file, tmp_path):
    file = write_jsonl(tmp_path / "o.jsonl", [{"a": {"text": "It is 7."}}])
    assert _answers(recipe_file, file, "--text", "a.text").stdout == "row,answer\n0,7\n"


def test_mistakes_are_one_line(tmp_path):
    file = write_jsonl(tmp_path / "o.jsonl", [{"text": "1"}])
    assert_fault(_answers("gsmk", file, "--text", "text"), "'gsmk'", 'Did you mean "gsm8k"?')
    assert_fault(_answers("gsm8k", file, "--text", "txt"), "o.jsonl: txt", 'Did you mean "text"?')
    assert_fault(_answers("gsm8k", tmp_path / "none.csv", "--text", "text"), "no such file")
    assert_fault(_answers("gsm8k", file, "--text", "text", "--out", file), "--out", "which is read")
    assert_fault(_answers(tmp_path / "none.yaml", file, "--text", "text"), "none.yaml")


def test_answers_of_four_real_models_agree_with_every_published_verdict(tmp_path):
    file = SHARED / "candidates" / "gsm8k_model_solutions.jsonl"
    if not file.is_file():
        pytest.skip(f"no real texts: {file} is not there (IWSI_SHARED_DATA names another place)")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n") if line]
    gold = json.loads(_answers("gsm8k", file, "--text", "ground_truth", "--json").stdout)["answers"]
    models = [name for name, value in rows[0].items() if isinstance(value, dict)]
    disagreements = []
    for model in models:
        result = _answers("gsm8k", file, "--text", f"{model}.solution", "--json").stdout
        for i, answer in enumerate(json.loads(result)["answers"]):
            if (answer == gold[i]) != rows[i][model]["is_correct"]:
                disagreements.append((model, i, answer, gold[i]))
    assert (len(models), len(rows)) == (4, 660)
    assert disagreements == []  # as docs/recipes.md says
