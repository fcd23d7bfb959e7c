import pytest

from iwsi.runtime import startup


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(startup.time, "monotonic", lambda: now[0])
    startup.begin()
    yield now
    monkeypatch.undo()
    startup.begin()


def test_a_mark_takes_what_passed_since_the_one_before(clock):
    for part, seconds in (("imports", 2.0), ("model", 3.0), ("imports", 1.0)):
        clock[0] += seconds
        startup.mark(part)
    assert startup.seconds() == {"imports": 3.0, "model": 3.0}


def test_a_processs_parts_are_taken_out_of_the_time_it_was_waited_for(clock):
    clock[0] += 10
    startup.adopt({"imports": 4.0, "model": 5.0})
    assert startup.seconds() == {"process": 1.0, "imports": 4.0, "model": 5.0}


def test_counting_may_begin_at_a_moment_that_another_process_named(clock):
    clock[0] = 107.0
    startup.begin(since=105.0)
    startup.mark("imports")
    assert startup.seconds() == {"imports": 2.0}
