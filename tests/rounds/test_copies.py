"""Second copies of a run's records: what is kept, and what of it can be read."""

from iwsi.rounds import copies


def test_what_is_kept_is_read_back(tmp_path):
    copies.copy_recipe(tmp_path, "seed: 1\n")
    copies.copy_inputs(tmp_path, {"model.name": "d"})
    copies.copy_entry(tmp_path, "prepare", {"digest": "a"})
    copies.copy_entry(tmp_path, "round-1/vote", {"digest": "b"})
    assert (tmp_path / copies.RECIPE_COPY).read_text() == "seed: 1\n"
    assert copies.inputs_in(tmp_path) == {"model.name": "d"}
    assert dict(copies.entries_in(tmp_path)) == {
        "prepare": {"digest": "a"},
        "round-1/vote": {"digest": "b"},
    }


def test_a_recipe_that_is_the_same_is_not_written_again(tmp_path):
    copies.copy_recipe(tmp_path, "seed: 1\n")
    before = (tmp_path / copies.RECIPE_COPY).stat().st_mtime_ns
    copies.copy_recipe(tmp_path, "seed: 1\n")
    assert (tmp_path / copies.RECIPE_COPY).stat().st_mtime_ns == before


def test_a_damaged_copy_costs_its_stage_alone(tmp_path):
    copies.copy_entry(tmp_path, "prepare", {"digest": "a"})
    copies.copy_entry(tmp_path, "round-1/vote", {"digest": "b"})
    (tmp_path / copies.STAGES / "prepare.json").write_bytes(b"\xff{")
    assert [name for name, _ in copies.entries_in(tmp_path)] == ["round-1/vote"]


def test_where_there_are_no_copies_nothing_is_found(tmp_path):
    assert copies.inputs_in(tmp_path) is None
    assert list(copies.entries_in(tmp_path)) == []
