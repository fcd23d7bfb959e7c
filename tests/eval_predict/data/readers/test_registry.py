from pathlib import Path
from typing import Any

import numpy as np
import pytest
from log_shapes import SHAPES, Shape, check, unknown, write
from log_shapes.harbor import trial
from log_shapes.inspect_ai import inspect_log, inspect_sample
from log_shapes.lm_eval import lm_sample, write_lm_log
from log_shapes.shape import DATE

from eval_predict import UserError
from eval_predict.data.readers import read
from eval_predict.data.readers.registry import readers

READ = [shape for shape in SHAPES if not shape.says]


@pytest.mark.parametrize("shape", unknown.SHAPES, ids=lambda shape: shape.name)
def test_a_file_that_no_reader_knows_is_refused_with_what_was_found(
    tmp_path: Path, shape: Shape
) -> None:
    check(tmp_path, shape)


def test_every_reader_has_a_shape(tmp_path: Path) -> None:
    seen = {read(write(tmp_path / str(n), shape)).format for n, shape in enumerate(READ)}
    refusing = {"a file without scores of items"}
    assert {reader.NAME for reader in readers()} - refusing <= seen


def test_the_name_of_a_file_does_not_matter(tmp_path: Path) -> None:
    for number, shape in enumerate(READ):
        if shape.name.endswith((".csv", ".tsv", ".parquet")):
            continue
        file = write(tmp_path / str(number), shape)
        other = file.rename(file.with_name("x.dat"))
        assert len(read(other).items) == shape.items


def test_a_folder_is_one_reading_and_its_other_files_are_named(tmp_path: Path) -> None:
    for task, reward in (("a", 1.0), ("b", 0.0), ("c", None)):
        write(tmp_path, Shape(f"job/{task}/result.json", trial(task, reward)))
    write(tmp_path, Shape("job/result.json", {"n_total_trials": 3}))
    write(tmp_path, Shape("job/notes.json", {"what": "else"}))
    write(tmp_path, Shape("job/export.csv", "model,item,score\nm,a,1\n"))
    reading = read(tmp_path)
    assert reading.items == ("a", "b", "c")
    np.testing.assert_allclose(reading.matrix.dense_MN(), [[1, 0, 0]])
    assert any("a JSON object with what" in note for note in reading.notes)
    assert "1 file holds no scores of items: passed over" in reading.notes
    assert "tables beside the logs were passed over: 1" in reading.notes


def test_the_averages_of_a_run_are_named_only_where_its_log_is_missing(tmp_path: Path) -> None:
    averages = {"results": {"gsm8k": {"exact_match": 0.5}}, "model_name": "org/m", "config": {}}
    write_lm_log(tmp_path / "m", [lm_sample(doc, exact_match=1.0) for doc in range(3)])
    write(tmp_path, Shape(f"m/results_{DATE}.json", averages))
    assert not any("no scores of items" in note for note in read(tmp_path).notes)
    write(tmp_path, Shape(f"other/results_{DATE}.json", averages))
    assert "1 file holds no scores of items: passed over" in read(tmp_path).notes


def test_files_of_two_tools_are_not_mixed(tmp_path: Path) -> None:
    write(tmp_path, Shape("a/result.json", trial("a", 1.0)))
    write(tmp_path, Shape("run.json", inspect_log([inspect_sample(1, match="C")])))
    with pytest.raises(UserError, match=r"files of 2 tools: .*; expected results of one tool"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", [{"session_id": "s", "winner": "m", "extent": 1}, {"winner": "m"}]),
        ("b.json", inspect_log([inspect_sample(1, match="C")], results={"scores": 3})),
        ("c.json", {"eval": {"t": {"base": [["success", []]], "plus": 1.5}}}),
        ("d.jsonl", [{"question_id": 1, "model_1": "a", "model_2": "b", "judge": "j"}, {}]),
        ("e.json", {"config_general": {}, "results": 1.5}),
    ],
)
def test_a_field_of_another_type_is_an_error_of_the_file(
    tmp_path: Path, name: str, content: Any
) -> None:
    with pytest.raises(UserError) as caught:
        read(write(tmp_path, Shape(name, content)))
    assert "writes it (" in str(caught.value)


def test_thousands_of_columns_are_a_matrix_and_not_an_error_line(tmp_path: Path) -> None:
    names = [f"item {number}" for number in range(5000)]
    text = "\n".join([",".join(["model", *names]), *(",".join([m, *"10" * 2500]) for m in "ab")])
    file = write(tmp_path, Shape("wide.csv", text))
    assert read(file).matrix.shape == (2, 5000)
    file = write(tmp_path, Shape("text.csv", ",".join(names) + "\n" + ",".join(["x y"] * 5000)))
    with pytest.raises(UserError) as caught:
        read(file)
    assert len(str(caught.value)) < 1000
