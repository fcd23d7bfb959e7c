from dataclasses import replace

import pytest
from worlds import rasch_world

from eval_predict import METHODS, UserError
from eval_predict.bench.parallel import run_jobs
from eval_predict.bench.results import BenchRow
from eval_predict.bench.runner import Progress, run_benchmark


def _untimed(rows: list[BenchRow]) -> list[BenchRow]:
    return [replace(row, seconds=0) for row in rows]


def test_several_processes_give_the_rows_and_notes_of_one_in_the_same_order() -> None:
    names = ["random_sampling", "auto", "aipw"]
    worlds = {"a": rasch_world(seed=1), "tiny": rasch_world(4), "b": rasch_world(seed=2)}
    reported: list[Progress] = []
    splits = ["frontier", "floor", "interpolation"]
    found = run_jobs(worlds, names, [9, 0.5], splits, 2, 5, processes=2, progress=reported.append)
    notes: list[str] = []
    methods = {name: METHODS[name] for name in names}
    expected = run_benchmark(worlds, methods, [9, 0.5], splits, 2, 5, note=notes.append)
    assert len(expected) == 2 * (2 * 2 + 1) * 3
    assert _untimed(found.rows) == _untimed(expected)
    assert sorted(found.notes) == sorted(notes)
    assert found.failures == []
    assert [step.done for step in reported] == list(range(1, 13))
    assert {step.label for step in reported} == {
        f"{world} {name}" for world in [*worlds, "(simulated)"] for name in names
    }


def test_a_users_error_passes_through() -> None:
    with pytest.raises(UserError, match="budget: 0") as caught:
        run_jobs({"a": rasch_world()}, ["random_sampling"], [0], ["frontier"], 1, 0, processes=2)
    assert caught.value.field == "budget"
