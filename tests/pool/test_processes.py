"""Real processes with a service that needs no model."""

from pathlib import Path

import psutil
import pyarrow as pa
import pytest
from echo_service import Echo

from eval_predict.errors import UserError
from iwsi.pool.child import Child
from iwsi.pool.pool import rows_per_part
from iwsi.pool.processes import ProcessPool

ADAPTER = Path("adapters/first")


@pytest.fixture(autouse=True)
def _children_find_the_service(monkeypatch):
    import os

    tests_folder = str(Path(__file__).resolve().parent.parent)
    monkeypatch.setenv(
        "PYTHONPATH", f"{tests_folder}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    )


@pytest.fixture
def start():
    """Begins a pool that ends with the test."""
    pools = []

    def begin(size, **settings):
        pools.append(ProcessPool(Echo, {"greeting": "hi"} | settings, ADAPTER, [[]] * size))
        return pools[-1]

    yield begin
    for pool in pools:
        pool.close()


def _parts(*words):
    return [pa.table({"word": [word]}) for word in words]


def _rows_of(pool, *words, **request):
    return pa.concat_tables(pool.run(_parts(*words), **request)).to_pylist()


def test_every_part_is_done_once_and_all_processes_share_them(start):
    pool = start(2)
    rows = _rows_of(pool, *"abcdef")
    assert sorted(row["word"] for row in rows) == [f"hi first {letter}!" for letter in "abcdef"]
    by_process = [row["process"] for row in rows]
    assert len(set(by_process)) == 2
    assert min(map(by_process.count, by_process)) >= 2  # those that each is given ahead
    again = _rows_of(pool, "x", "y", mark="?")  # the same processes, another request
    assert sorted(row["word"] for row in again) == ["hi first x?", "hi first y?"]
    assert {row["process"] for row in again} == set(by_process)


def test_a_process_that_is_slow_gets_fewer_parts(start):
    rows = _rows_of(start(2), "slow", *"abcdefgh")
    slow = next(row["process"] for row in rows if row["word"] == "hi first slow!")
    # The one it began with, and the one that it was given ahead.
    assert [row["process"] for row in rows].count(slow) == 2
    assert len(rows) == 9


def test_no_parts_give_no_answers(start):
    assert list(start(2).run([])) == []


def test_a_users_error_in_a_process_is_one_here(start):
    with pytest.raises(UserError, match="word: user; expected another"):
        _rows_of(start(2), "a", "user")


def test_a_bug_in_a_process_is_reported_with_its_cause(start):
    with pytest.raises(RuntimeError, match="process 2 of 2: KeyError: 'bug'"):
        _rows_of(start(2), "a", "bug")


def test_a_process_that_is_gone_is_reported(start):
    with pytest.raises(RuntimeError, match=r"process 1 of 2: gone \(exit status 7\)"):
        _rows_of(start(2), "die", "a")


def test_closing_waits_until_all_that_the_processes_started_is_gone(start):
    pool = start(2, sleeps=True)
    pids = {row[key] for row in _rows_of(pool, "a", "b") for key in ("process", "child")}
    assert len(pids) == 4
    pool.close()
    assert not Child.alive
    assert not any(map(_runs, pids))


def test_parts_are_whole_shards_and_no_worker_waits_for_another():
    assert rows_per_part(500, 2, least=64, most=1024) == 64  # 8 parts, 4 for each
    assert rows_per_part(100_000, 2, least=64, most=1024) == 1024
    assert rows_per_part(3, 8, least=64, most=1024) == 64


def _runs(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
