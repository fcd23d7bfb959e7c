import json

import pyarrow as pa
import pytest

from iwsi.errors import as_user_error
from iwsi.files import atomic_path, files_of, model_digest, read_table, write_json, write_table


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "deep" / "file.json"
    write_json(path, {"a": 1})
    with pytest.raises(ZeroDivisionError), atomic_path(path) as temporary:
        _write_half(temporary)
    assert json.loads(path.read_text()) == {"a": 1}
    assert [entry.name for entry in path.parent.iterdir()] == ["file.json"]


def _write_half(path):
    path.write_text("half")
    raise ZeroDivisionError


def test_a_folder_takes_the_place_of_an_older_one(tmp_path):
    for name in ("old", "new"):
        with atomic_path(tmp_path / "folder") as temporary:
            temporary.mkdir()
            (temporary / name).write_text(name)
    assert [entry.name for entry in (tmp_path / "folder").iterdir()] == ["new"]


def test_what_a_crash_left_is_written_over(tmp_path):
    (tmp_path / ".file.json.tmp").mkdir()
    (tmp_path / ".file.json.tmp" / "rest").write_text("x")
    write_json(tmp_path / "file.json", 1)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.json"]


def test_shards_are_read_in_the_order_of_their_names(tmp_path):
    for i in (2, 0, 1):
        write_table(tmp_path / f"shard-{i}.parquet", pa.table({"i": [i]}))
    assert read_table(tmp_path)["i"].to_pylist() == [0, 1, 2]


def test_the_files_of_a_path_are_itself_or_what_lies_in_it(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("b", "a", "deep/c"):
        (tmp_path / name).write_text(name)
    assert files_of(tmp_path) == [tmp_path / name for name in ("a", "b", "deep/c")]
    assert files_of(tmp_path / "a") == [tmp_path / "a"]


def test_a_models_digest_sees_both_ends_of_a_large_file_and_no_readme(tmp_path, monkeypatch):
    monkeypatch.setattr("iwsi.files.SMALL_FILE", 100)
    monkeypatch.setattr("iwsi.files.PART_SIZE", 10)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"a" * 200)
    first = model_digest(tmp_path)
    (tmp_path / "README.md").write_text("words")
    assert model_digest(tmp_path) == first
    for changed in (b"b" + b"a" * 199, b"a" * 199 + b"b", b"a" * 201):
        weights.write_bytes(changed)
        assert model_digest(tmp_path) != first


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device", "/runs/x"), "/runs/x: No space left on device"),
        (RuntimeError("I/O error: No space left on device (os error 28)"), "No space left"),
        (PermissionError(13, "Permission denied", "/runs/x"), "/runs/x: Permission denied"),
        (MemoryError(), "no memory left"),
    ],
)
def test_a_failure_that_a_user_can_mend_is_told_as_one(error, words):
    assert str(as_user_error(error)).startswith(words)


def test_any_other_failure_is_ours():
    assert as_user_error(ValueError("x")) is None
    assert as_user_error(FileNotFoundError(2, "No such file")) is None
