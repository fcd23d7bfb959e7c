"""The loop's side of a worker process, without one."""

import pytest

from iwsi.rounds.workers import Silent, StageRun, WorkerError, Workers


class Process:
    """A process that answers with these events."""

    def __init__(self, *events):
        self._events = events
        self.sent = []

    def send(self, event, **fields):
        self.sent.append((event, fields))

    def events(self):
        return iter([dict(event) for event in self._events])

    def wait(self):
        return -9

    def end(self):
        self.sent.append(("end", {}))


class Stage:
    name, process = "round-1/train", "train"

    def to_dict(self):
        return {}


def _run(tmp_path, *events):
    workers = Workers(tmp_path, Silent())
    workers._process, workers._kind, workers._log_path = Process(*events), "train", tmp_path / "log"
    return workers.run(Stage(), "digest")


def test_what_a_stage_reports_is_typed(tmp_path):
    done = {"event": "done", "seconds": 2.0, "startup_seconds": 1.0, "startup": {}, "info": {}}
    progress = {"event": "progress", "done": 1, "total": 2}
    assert _run(tmp_path, progress, done) == StageRun(2.0, 1.0, {}, {})


def test_the_cause_that_a_worker_reports_is_its_error(tmp_path):
    with pytest.raises(WorkerError, match="ValueError: odd"):
        _run(tmp_path, {"event": "failed", "cause": "ValueError: odd"})


def test_a_worker_that_is_gone_is_told_by_its_signal(tmp_path):
    with pytest.raises(WorkerError, match="signal 9"):
        _run(tmp_path)
