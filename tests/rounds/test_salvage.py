import json

import pyarrow as pa
import pyarrow.parquet as pq
from conftest import ROOT

from iwsi.rounds import copies, salvage

ENTRY = {"digest": "0", "outputs": {"a.parquet": "1"}, "seconds": 1.0}


def _ledger(names):
    return json.dumps({"format": 2, "inputs": {}, "stages": dict.fromkeys(names, ENTRY)}, indent=2)


def test_every_whole_entry_of_a_ledger_that_is_cut_off_is_read(tmp_path):
    text = _ledger(["prepare", "round-0/test", "round-1/sample"])
    (tmp_path / "l.json").write_text(text[: text.index("round-1/sample") + 20])
    found = dict(salvage.salvaged_entries(tmp_path / "l.json"))
    assert list(found) == ["prepare", "round-0/test"]
    assert found["prepare"].outputs == {"a.parquet": "1"}


def test_of_what_is_no_ledger_nothing_is_read(tmp_path):
    file = tmp_path / "l.json"
    for content in (b"", b"\xff\xfe", b'{"stages": {', b'{"stages": {"a": 3}}', b"[" * 100_000):
        file.write_bytes(content)
        assert list(salvage.salvaged_entries(file)) == []
    assert list(salvage.salvaged_entries(tmp_path / "none")) == []


def test_copies_that_are_no_entries_are_passed_over(tmp_path):
    copies.copy_entry(tmp_path, "prepare", ENTRY)
    copies.copy_entry(tmp_path, "round-1/train", {"digest": 3})
    (tmp_path / copies.STAGES / "broken.json").write_text("{")
    assert [name for name, _ in salvage.copied_entries(tmp_path)] == ["prepare"]


def test_a_recipe_that_is_cut_between_two_sections_lacks_some(tmp_path):
    whole = ROOT / "recipes" / "tiny_arith.yaml"
    assert salvage.read_recipe_file(whole) is not None
    assert not salvage.has_all_sections(whole)  # it leaves defaults out, as people do
    (tmp_path / "r.yaml").write_text("task: [")
    assert salvage.read_recipe_file(tmp_path / "r.yaml") is None


def test_a_file_is_what_its_whole_content_says(tmp_path):
    table, text = tmp_path / "t.parquet", tmp_path / "t.json"
    pq.write_table(pa.table({"a": list(range(1000))}), table)
    text.write_text('{"a": 1}')
    assert salvage.is_table(table)
    assert salvage.is_json(text)
    table.write_bytes(table.read_bytes()[:-20])
    text.write_text('{"a": ')
    assert not salvage.is_table(table)
    assert not salvage.is_json(text)
    assert salvage.is_inputs({"rows": "digest"})
    assert not salvage.is_inputs({"rows": 3})
    assert not salvage.is_inputs(None)
