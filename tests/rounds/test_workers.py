"""Workers that are killed, hang, or fail: what is said, and what is tried again."""

import threading
from types import SimpleNamespace

import pytest
from conftest import small_recipe

from eval_predict.errors import UserError
from iwsi.recipe.load import load_recipe
from iwsi.rounds import workers
from iwsi.rounds.display import Silent
from iwsi.rounds.plan import plan
from iwsi.rounds.workers import StageRun, WorkerError, Workers, silent_minutes

DONE = {"event": "done", "seconds": 1.0, "startup_seconds": 0.0, "startup": {}, "info": {}}


class FakeChild:
    """A process whose messages are given: one list for each that is started."""

    script: list = []  # noqa: RUF012  # set by each test
    sent: list = []  # noqa: RUF012

    def __init__(self, *_, **__):
        self._messages, self._status = FakeChild.script.pop(0)
        self._killed = threading.Event()

    is_alive = True

    def send(self, event, **values):
        FakeChild.sent.append({"event": event, **values})

    def events(self):
        for message in self._messages:
            if message == "hang":
                assert self._killed.wait(20)
                continue
            yield dict(message)

    def kill(self):
        self._killed.set()

    def wait(self):
        return self._status

    def end(self):
        pass


class Warnings(Silent):
    """Keeps what is warned of."""

    def __init__(self):
        self.messages = []

    def warn(self, message):
        self.messages.append(message)


@pytest.fixture
def display():
    return Warnings()


@pytest.fixture
def run(tmp_path, monkeypatch, display):
    """Runs the sampling stage in processes of the given script."""
    monkeypatch.setattr(workers, "Child", FakeChild)
    recipe = load_recipe(small_recipe(tmp_path))
    stage = next(s for s in plan(recipe) if s.name == "round-1/sample")

    def go(*script):
        FakeChild.script, FakeChild.sent = list(script), []
        with Workers(tmp_path, display) as pool:
            return pool.run(stage, "digest")

    return go


def test_a_killed_process_is_tried_once_more_with_less_memory(run, display):
    assert run(([], -9), ([DONE], 0)).seconds == 1.0
    assert [request["lean"] for request in FakeChild.sent] == [False, True]
    [message] = display.messages
    assert message.startswith("round-1/sample failed (signal 9: killed, by hand or by the system")
    assert "round-1-sample.log" in message
    assert message.endswith("It is tried once more, with smaller batches.")


def test_a_process_that_its_worker_saw_killed_is_one_too(run):
    gone = {"event": "failed", "cause": "InternalError: process 1 of 2: gone (signal 9)"}
    assert run(([gone], 1), ([DONE], 0)).seconds == 1.0


def test_a_process_that_is_killed_twice_ends_the_run_with_stage_cause_and_log(run):
    with pytest.raises(UserError) as caught:
        run(([], -9), ([], -9))
    parts = ("round-1/sample failed", "signal 9: killed", "round-1-sample.log", "goes on from here")
    for part in parts:
        assert part in str(caught.value)


def test_a_process_that_fails_is_not_tried_again(run, display):
    with pytest.raises(WorkerError, match=r"RuntimeError: no such kernel\); the whole log: "):
        run(([{"event": "failed", "cause": "RuntimeError: no such kernel"}], 1))
    assert display.messages == []


def test_another_signal_or_status_is_reported_and_not_tried_again(run):
    with pytest.raises(WorkerError, match="signal 11"):
        run(([], -11))
    with pytest.raises(WorkerError, match="exit status 7"):
        run(([], 7))


def test_what_a_process_says_of_being_ended_is_not_taken_for_the_cause(run, monkeypatch):
    monkeypatch.setenv(workers.SILENCE, "0.001")
    last = {"event": "failed", "cause": "a training process failed (status -9)"}
    with pytest.raises(UserError, match="it hangs: it sent no message"):
        run((["hang", last], -9))


def test_a_process_that_hangs_is_ended_after_the_limit(run, monkeypatch):
    monkeypatch.setenv(workers.SILENCE, "0.001")
    with pytest.raises(UserError) as caught:
        run((["hang"], -9))
    line = str(caught.value)
    assert "it hangs: it sent no message for 0.001 minutes, and it was ended" in line
    assert "IWSI_MAX_SILENT_MINUTES" in line
    assert "round-1-sample.log" in line


@pytest.mark.parametrize("text", ["soon", "-1", "nan", "inf"])
def test_a_limit_that_is_none_is_refused(monkeypatch, text):
    monkeypatch.setenv(workers.SILENCE, text)
    with pytest.raises(UserError, match="IWSI_MAX_SILENT_MINUTES"):
        silent_minutes()


def test_the_limit_is_an_hour_or_what_the_environment_says(monkeypatch):
    monkeypatch.delenv(workers.SILENCE, raising=False)
    assert silent_minutes() == 60
    monkeypatch.setenv(workers.SILENCE, "0")
    assert silent_minutes() == 0


def test_what_a_stage_reports_is_typed(run):
    progress = {"event": "progress", "done": 1, "total": 2}
    done = {"event": "done", "seconds": 2.0, "startup_seconds": 1.0, "startup": {}, "info": {}}
    assert run(([progress, done], 0)) == StageRun(2.0, 1.0, {}, {})


@pytest.fixture
def pool(tmp_path, monkeypatch):
    """Workers of given processes on a machine with two cores, and stages by their names."""
    monkeypatch.setattr(workers, "Child", FakeChild)
    monkeypatch.setattr(workers.os, "cpu_count", lambda: 2)
    free = SimpleNamespace(available=8 * 2**30)
    monkeypatch.setattr(workers.psutil, "virtual_memory", lambda: free)
    stages = {s.name: s for s in plan(load_recipe(small_recipe(tmp_path)))}

    def make(*script):
        FakeChild.script, FakeChild.sent = list(script), []
        return Workers(tmp_path, Silent()), stages, free

    return make


def test_the_next_process_imports_while_a_stage_runs_and_then_does_its_own(pool):
    made, stages, _ = pool(([DONE, DONE], 0), ([DONE], 0))
    sample, train = stages["round-1/sample"], stages["round-1/train"]
    with made:
        made.run(sample, "a", following=train)
        made.run(sample, "b", following=train)  # one is there already
        made.run(train, "c")
    events = [(sent["event"], sent.get("family")) for sent in FakeChild.sent]
    requested = [("import", "torch"), ("stage", None), ("stage", None), ("stage", None)]
    assert events == requested
    assert FakeChild.script == []  # two processes, no third


@pytest.mark.parametrize("change", ["memory", "cores", "nothing follows"])
def test_no_process_starts_ahead_without_room_or_need(pool, monkeypatch, change):
    if change == "cores":
        monkeypatch.setattr(workers.os, "cpu_count", lambda: 1)
    made, stages, free = pool(([DONE], 0))
    if change == "memory":
        free.available = 2**30
    following = None if change == "nothing follows" else stages["round-1/train"]
    with made:
        made.run(stages["round-1/sample"], "a", following=following)
    assert [sent["event"] for sent in FakeChild.sent] == ["stage"]


def test_a_process_that_died_before_its_first_stage_is_replaced(pool, monkeypatch):
    made, stages, _ = pool(([DONE], 0), ([], -9), ([DONE], 0))
    with made:
        made.run(stages["round-1/sample"], "a", following=stages["round-1/train"])
        monkeypatch.setattr(made._ahead.child, "is_alive", False)
        assert made.run(stages["round-1/train"], "b").seconds == 1.0
    assert FakeChild.script == []


def test_once_a_process_was_killed_none_starts_ahead(pool):
    made, stages, _ = pool(([], -9), ([], 0), ([DONE], 0))
    sample, train = stages["round-1/sample"], stages["round-1/train"]
    with made:
        made.run(sample, "a", following=train)
        made._start_ahead(train)
    assert [sent["event"] for sent in FakeChild.sent] == ["import", "stage", "stage"]
