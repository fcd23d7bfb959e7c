"""The simulation behind the gate's default."""

import importlib.util

import numpy as np
import pytest
from conftest import ROOT

from iwsi.recipe import Gate

SPEC = importlib.util.spec_from_file_location("gate_bench", ROOT / "scripts/benches/gate.py")
assert SPEC
assert SPEC.loader
gate_bench = importlib.util.module_from_spec(SPEC)
__import__("sys").modules["gate_bench"] = gate_bench
SPEC.loader.exec_module(gate_bench)


def test_without_error_the_gate_stops_after_the_gains_and_keeps_the_best() -> None:
    gains = np.array([3.0, 2.0, -1.0, -1.0, -1.0])
    outcome = gate_bench.simulate(Gate(), gains, 1e-6, np.random.default_rng(0))
    # Two consecutive failures end the run; both were run for nothing.
    assert (outcome.lost, outcome.wasted) == (0.0, 2)


def test_stopping_before_a_late_gain_loses_its_points() -> None:
    gains = np.array([-1.0, -1.0, 6.0])
    outcome = gate_bench.simulate(Gate(), gains, 1e-6, np.random.default_rng(0))
    assert outcome.lost == pytest.approx(4.0)


def test_bad_rounds_are_counted() -> None:
    gains = np.array([1.0, -4.0, -5.0])
    outcome = gate_bench.simulate(Gate(), gains, 1e-6, np.random.default_rng(0))
    assert (outcome.bad, outcome.bad_passed) == (2, 0)
