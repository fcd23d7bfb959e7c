import json

import pyarrow as pa
import pytest

from iwsi.errors import as_user_error
from iwsi.files import (
    RowReader,
    TextColumn,
    atomic_path,
    files_of,
    model_digest,
    read_table,
    table_writer,
    write_json,
    write_table,
)


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
def test_a_failure_that_a_user_can_fix_is_reported_as_one(error, words):
    assert str(as_user_error(error)).startswith(words)


def test_any_other_failure_is_ours():
    assert as_user_error(ValueError("x")) is None
    assert as_user_error(FileNotFoundError(2, "No such file")) is None


def _shards(folder, sizes):
    """A folder of shards of so many rows, numbered through."""
    begin = 0
    for shard, size in enumerate(sizes):
        numbers = range(begin, begin + size)
        table = pa.table({"text": [f"text {i}" for i in numbers], "number": list(numbers)})
        write_table(folder / f"shard-{shard:05d}.parquet", table)
        begin += size
    return folder


def test_rows_are_read_on_from_where_reading_stopped(tmp_path):
    rows = RowReader(_shards(tmp_path / "shards", [3, 5, 4]), ["number"])
    assert rows.take(2)["number"].to_pylist() == [0, 1]
    assert rows.take(7).to_pydict() == {"number": [2, 3, 4, 5, 6, 7, 8]}
    assert [part["number"].to_pylist() for part in rows] == [[9, 10, 11]]
    assert rows.take(1).num_rows == 0


def test_parts_are_of_whole_shards(tmp_path):
    folder = _shards(tmp_path / "shards", [3, 5, 4, 7, 1])
    parts = [part["number"].to_pylist() for part in RowReader(folder).parts(6)]
    assert parts == [list(range(8)), list(range(8, 19)), [19]]


def test_a_table_written_in_parts_is_whole_or_not_there(tmp_path):
    part, path = pa.table({"number": [1, 2]}), tmp_path / "table.parquet"
    with table_writer(path, part.schema) as write:
        write(part)
        write(part)
    assert read_table(path)["number"].to_pylist() == [1, 2, 1, 2]
    other = pa.table({"word": ["of another schema"]})
    with pytest.raises(ValueError, match="schema"), table_writer(path, part.schema) as write:
        write(other)
    assert read_table(path).num_rows == 4


def test_texts_are_found_by_their_row_in_any_order(tmp_path):
    texts = TextColumn(_shards(tmp_path / "shards", [3, 0, 5, 1]), "text")
    assert len(texts) == 9
    assert [texts[row] for row in (8, 0, 2, 3, 7)] == [f"text {row}" for row in (8, 0, 2, 3, 7)]


@pytest.mark.parametrize("rows", [1, 3, 16])
def test_a_column_that_older_shards_lack_is_null_there(tmp_path, rows):
    optional = pa.schema([pa.field("ids", pa.list_(pa.int32()))])
    write_table(tmp_path / "0.parquet", pa.table({"id": [0, 1]}))
    newer = pa.table({"id": [2], "ids": pa.array([[7, 8]], pa.list_(pa.int32())), "x": [0.5]})
    write_table(tmp_path / "1.parquet", newer)
    expected = {"ids": [None, None, [7, 8]], "id": [0, 1, 2]}
    assert read_table(tmp_path, ["ids", "id"], optional).to_pydict() == expected
    reader, parts = RowReader(tmp_path, ["ids", "id"], optional), []
    while (part := reader.take(rows)).num_rows:
        parts.append(part)
    assert pa.concat_tables(parts).to_pydict() == expected


def test_a_column_that_is_not_optional_must_be_there(tmp_path):
    write_table(tmp_path / "0.parquet", pa.table({"id": [0, 1]}))
    with pytest.raises((KeyError, pa.ArrowInvalid)):
        read_table(tmp_path, ["text"], pa.schema([pa.field("ids", pa.int32())]))
