"""The measurement of large runs: small ones of the same kind."""

import pytest
from benches import load


def test_every_task_has_a_limit_and_a_name_of_its_own():
    names = [task.name for task in load.LOADS]
    assert len(set(names)) == len(names)
    assert all(task.seconds > 0 and task.gib > 0 for task in load.LOADS)


def test_a_run_goes_on_with_one_missing_shard(tmp_path, monkeypatch):
    monkeypatch.setattr(load, "_SHARDS", 12)
    assert load._shards(tmp_path / "run")["files"] == 12


def test_the_status_of_a_simulated_run_counts_its_rounds(tmp_path, monkeypatch):
    monkeypatch.setattr(load, "_ROUNDS", 3)
    assert load._status(tmp_path / "run")["rounds"] == 4


def test_a_soak_ends_with_all_its_rounds(tmp_path, monkeypatch):
    monkeypatch.setattr(load, "_SOAK", 3)
    found = load._soak(tmp_path / "run")
    assert found["rounds"] == 3
    assert found["mib_at_the_end"] > 0


def test_a_large_table_is_read_as_it_was_written(tmp_path, monkeypatch):
    monkeypatch.setattr(load, "_MODELS", 40)
    monkeypatch.setattr(load, "_ITEMS", 50)
    assert load._matrix(tmp_path / "run")["mean"] == pytest.approx(0.5, abs=0.05)
