import os
import signal
import subprocess
import sys
import time

import pytest

from iwsi.runtime.signals import Ended, interruption

_WAITS = """
import sys, time
from iwsi.runtime.signals import end_on_signals, interruption
end_on_signals()
try:
    print("ready", flush=True)
    time.sleep(60)
except KeyboardInterrupt as error:
    line, code = interruption(error)
    print(line)
    sys.exit(code)
"""


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_a_signal_ends_with_one_line_and_its_own_code(number, code):
    process = subprocess.Popen([sys.executable, "-c", _WAITS], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == code
    assert "the same command goes on from here" in output
    assert output.count("\n") == 1


def test_the_command_line_can_be_interrupted_while_it_imports():
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "iwsi", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stderr:  # the signals are handled once this module is imported
        if "iwsi.runtime.signals" in line:
            break
    time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=20)
    assert "Traceback" not in output + errors
    assert process.returncode in (143, 0)  # 0: help was printed before the signal came


def test_an_ignored_hangup_stays_ignored():
    script = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n" + _WAITS.replace(
        "time.sleep(60)", "time.sleep(1)"
    )
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    os.kill(process.pid, signal.SIGHUP)
    assert process.wait(timeout=20) == 0


def test_ctrl_c_has_the_code_that_shells_use():
    assert interruption(KeyboardInterrupt())[1] == 130
    assert interruption(Ended(signal.SIGTERM)) == (
        "ended by SIGTERM; the same command goes on from here",
        143,
    )
