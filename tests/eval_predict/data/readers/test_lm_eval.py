import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from log_shapes import check
from log_shapes.lm_eval import SHAPES

from eval_predict import UserError, read_matrix

DATE = "2026-01-02T03-04-05.678901"


def _record(doc_id: int, filter_: str = "none", **scores: Any) -> dict[str, Any]:
    """One line as `lm_eval --log_samples` writes it."""
    return {
        "doc_id": doc_id,
        "doc": {"question": f"q{doc_id}", "nested": [1, {"a": None}]},
        "target": "5",
        "arguments": {"gen_args_0": {"arg_0": f"Q: q{doc_id}", "arg_1": {"until": ["\n"]}}},
        "resps": [["5"]],
        "filtered_resps": ["5"],
        "filter": filter_,
        "metrics": list(scores),
        "doc_hash": f"hash-{doc_id}",
        "prompt_hash": "p",
        "target_hash": "t",
        **scores,
    }


def _log(
    folder: Path, records: list[dict[str, Any]], task: str = "gsm8k", date: str = DATE
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"samples_{task}_{date}.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return file


def _error(path: Path, metric: str | None = None) -> str:
    with pytest.raises(UserError) as caught:
        read_matrix(path, metric)
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_each_folder_is_a_model_and_each_document_an_item(tmp_path: Path) -> None:
    _log(tmp_path / "meta__llama-3", [_record(0, acc=1.0), _record(1, acc=0.0)])
    _log(tmp_path / "org__b", [_record(1, acc=1.0), _record(0, acc=0.0)])
    matrix = read_matrix(tmp_path)
    assert matrix.models == ("meta/llama-3", "org/b")
    assert matrix.items == ("0", "1")
    assert matrix.is_binary
    np.testing.assert_array_equal(matrix.stored_MN, [[1, 0], [0, 1]])
    assert matrix.metadata is not None
    assert matrix.metadata["prompt"].to_pylist() == ["Q: q0", "Q: q1"]


def test_a_log_of_predict_only_is_refused(tmp_path: Path) -> None:
    file = _log(tmp_path / "m", [_record(0, bypass=999)])
    assert "--predict_only (bypass: 999)" in _error(file)


def test_verdicts_of_version_0_3_are_words(tmp_path: Path) -> None:
    records = [
        {"doc_id": n, "prompt_0": "Q", "logit_0": -1.5, "truth": 0, "acc": acc}
        for n, acc in enumerate(("True", "False", "True"))
    ]
    (tmp_path / "arc_easy_write_out_info.json").write_text(json.dumps(records))
    matrix = read_matrix(tmp_path)
    assert matrix.stored_MN.tolist() == [[1, 0, 1]]
    assert matrix.metadata is not None
    assert matrix.metadata["prompt"].to_pylist() == ["Q"] * 3


def test_older_logs_without_filter_and_metrics_are_read(tmp_path: Path) -> None:
    record = _record(0, acc=True)
    for key in ("filter", "metrics", "doc_hash"):
        del record[key]
    record["arguments"] = [["Q: q0", " 5"]]
    matrix = read_matrix(_log(tmp_path / "m", [record]))
    assert matrix.stored_MN.tolist() == [[1]]
    assert matrix.metadata is not None
    assert matrix.metadata["prompt"].to_pylist() == ["Q: q0"]


@pytest.mark.parametrize(
    ("records", "fault"),
    [
        ([_record(0, words=["a"])], "`words` is a corpus metric"),
        ([_record(0)], "metric: none"),
        ([_record(0, acc=1.0), {"id": 0}], 'line 2: {"id": 0}'),
        ([{"id": 0}], "no column of scores (found: id)"),
        ([], "no rows"),
    ],
)
def test_bad_logs_are_one_line(tmp_path: Path, records: list[dict[str, Any]], fault: str) -> None:
    file = _log(tmp_path / "m", records)
    line = _error(file)
    assert line.startswith(str(file))
    assert fault in line


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    file = _log(tmp_path / "m", [_record(0, acc=1.0)])
    file.write_bytes(file.read_bytes() + b'{"doc_id": 1, "acc"\xff\n')
    assert "line 2: {" in _error(file)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_file_of_the_tool_is_read_or_refused_by_name(tmp_path, shape):
    check(tmp_path, shape)
