import json
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from log_shapes import check
from log_shapes.inspect_ai import SHAPES, eval_archive, inspect_log, inspect_sample

from eval_predict import UserError
from eval_predict.data.readers import read


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_file_of_the_tool_is_read_or_refused_by_name(tmp_path, shape):
    check(tmp_path, shape)


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "run.eval"
    eval_archive(inspect_log([inspect_sample(1, match="C")]))(file)
    monkeypatch.setattr("eval_predict.data.readers.inspect_ai.MAX_BYTES", 50)
    with pytest.raises(UserError, match="more than 1 GiB unpacked"):
        read(file)


def test_a_log_that_was_cut_off_is_read_by_its_journal(tmp_path: Path) -> None:
    file = tmp_path / "run.eval"
    eval_archive(inspect_log([inspect_sample(1, match="C")]))(file)
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(tmp_path / "cut.eval", "w") as cut:
        for name in whole.namelist():
            if name != "header.json":
                cut.writestr(name, whole.read(name))
    reading = read(tmp_path / "cut.eval")
    assert (reading.models, reading.notes) == (
        ("org/m",),
        ("cut.eval: the run did not finish (status started)",),
    )


def test_a_log_that_is_packed_with_zstandard_is_read(tmp_path: Path) -> None:
    log = inspect_log([inspect_sample(1, match="C"), inspect_sample(2, match="I")])
    members = {"header.json": {key: value for key, value in log.items() if key != "samples"}}
    members |= {f"samples/{n}_epoch_1.json": log["samples"][n - 1] for n in (1, 2)}
    file = tmp_path / "run.eval"
    with zipfile.ZipFile(file, "w") as archive:
        for name, value in members.items():
            text = json.dumps(value).encode()
            archive.writestr(name, pa.compress(text, codec="zstd", asbytes=True))
            # What the directory of the zip says of the member: zipfile itself cannot pack so.
            archive.infolist()[-1].compress_type = 93
            archive.infolist()[-1].file_size = len(text)
    assert read(file).matrix.mean_M.tolist() == [0.5]


def test_a_large_log_is_read_by_its_summaries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = inspect_log([inspect_sample(n, match="C") for n in range(3)])
    file = tmp_path / "run.eval"
    eval_archive(log)(file)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("summaries.json", json.dumps(log["samples"][:2]))
    monkeypatch.setattr("eval_predict.data.readers.inspect_ai._DIRECT", 10)
    assert len(read(file).items) == 2
