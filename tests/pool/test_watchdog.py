"""A watchdog acts after a silence, once, and not before."""

import threading
import time

from iwsi.pool.watchdog import Watchdog


def test_silence_makes_it_act_once():
    acted = threading.Event()
    with Watchdog(0.05, acted.set) as watchdog:
        assert acted.wait(5)
    assert watchdog.fired


def test_what_is_heard_in_time_keeps_it_quiet():
    acted = threading.Event()
    with Watchdog(2.0, acted.set) as watchdog:
        for _ in range(20):
            watchdog.heard()
            time.sleep(0.005)
    assert not watchdog.fired
    assert not acted.is_set()


def test_it_ends_at_once_with_its_block():
    began = time.monotonic()
    with Watchdog(threading.TIMEOUT_MAX, lambda: None):
        pass
    assert time.monotonic() - began < 5
