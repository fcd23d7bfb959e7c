"""Trackers get a training's curves; TensorBoard and trackio for real, offline, others stand-ins."""

import sys
from types import SimpleNamespace

import pytest
from training import metrics, recipe, train

from eval_predict.errors import UserError
from iwsi.train.trackers import TrackedRun, check_trackers, log_round, tracked_run
from iwsi.train.trainer import logging_steps


def scalars(folder):
    """Tag to steps of TensorBoard's files in a folder."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder)).Reload()
    return {tag: [e.step for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def trackio_rows(project, name):
    from trackio.sqlite_storage import SQLiteStorage

    return SQLiteStorage.get_logs(project, name)


@pytest.fixture
def trackio_folder(tmp_path, monkeypatch):
    pytest.importorskip("trackio")
    import trackio.utils
    from trackio import sqlite_storage

    folder = tmp_path / "trackio"
    folder.mkdir()
    monkeypatch.setenv("TRACKIO_DIR", str(folder))
    for module in (trackio.utils, sqlite_storage):
        if hasattr(module, "TRACKIO_DIR"):
            monkeypatch.setattr(module, "TRACKIO_DIR", folder)
    return folder


def test_curves_and_round_results_are_in_one_run_of_each_tracker(tmp_path, trackio_folder):
    adapter = tmp_path / "my" / "round-1" / "adapter"
    adapter.parent.mkdir(parents=True)
    train(adapter, "train.report_to=[tensorboard, trackio]")
    run = tracked_run(recipe(), adapter.parent)
    assert (run.project, run.name) == ("tiny_arith", "my-round-1")
    for name in ("tensorboard", "trackio"):
        log_round(name, run, {"round/accuracy": 0.75}, 1)
    found = scalars(tmp_path / "my" / "tensorboard" / "round-1")
    assert found["train/loss"] == [1, 2, 3, 4, 5, 6]  # 21 samples, batches of 8, two epochs
    assert found["round/accuracy"] == [1]
    rows = trackio_rows("tiny_arith", "my-round-1")
    assert sum("train/loss" in row for row in rows) == 6
    assert [row["round/accuracy"] for row in rows if "round/accuracy" in row] == [0.75]
    losses = [line for line in metrics(adapter) if "loss" in line]
    assert len(losses) == 6


def test_short_trainings_log_every_step_and_long_ones_every_tenth():
    assert [logging_steps(steps) for steps in (1, 3, 99, 100, 400, 5000)] == [1, 1, 1, 2, 8, 10]


def test_a_tracker_that_is_not_installed_is_refused(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"mlflow, which is not installed.*'iwsi\[mlflow\]'"):
        check_trackers(("mlflow",))


def test_wandb_without_a_login_is_refused_before_it_could_ask(monkeypatch, tmp_path):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: True)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("WANDB_API_KEY", "WANDB_MODE", "NETRC"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UserError, match="wandb, and no login"):
        check_trackers(("wandb",))
    monkeypatch.setenv("WANDB_MODE", "offline")
    check_trackers(("wandb",))


def test_wandb_and_mlflow_find_the_run_of_an_earlier_process(monkeypatch, tmp_path):
    """By stand-ins with the names of both libraries' public functions."""
    calls = []
    wandb_run = SimpleNamespace(log=lambda m: calls.append(m), finish=lambda: calls.append("end"))
    wandb = SimpleNamespace(init=lambda **given: calls.append(given) or wandb_run)
    runs = []

    def start_run(**given):
        calls.append(given)
        runs.append(SimpleNamespace(info=SimpleNamespace(run_id="7")))

    mlflow = SimpleNamespace(
        set_experiment=lambda name: None,
        search_runs=lambda **_: list(runs),
        start_run=start_run,
        set_tag=lambda *_: None,
        log_metrics=lambda m, step: calls.append((m, step)),
        end_run=lambda: calls.append("end"),
    )
    monkeypatch.setitem(sys.modules, "wandb", wandb)
    monkeypatch.setitem(sys.modules, "mlflow", mlflow)
    run = TrackedRun("task", "my-round-1", tmp_path, tmp_path)
    for _ in range(2):
        log_round("wandb", run, {"round/kept": 3}, 1)
    ids = {call["id"] for call in calls if isinstance(call, dict) and "id" in call}
    assert ids == {run.key}
    assert calls.count({"round/kept": 3, "round/number": 1}) == calls.count("end") == 2
    calls.clear()
    for _ in range(2):
        log_round("mlflow", run, {"round/kept": 3}, 1)
    assert calls == [
        {"run_name": "my-round-1"},
        ({"round/kept": 3}, 1),
        "end",
        {"run_id": "7"},
        ({"round/kept": 3}, 1),
        "end",
    ]
