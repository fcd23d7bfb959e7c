import dataclasses
import json

import bench
import numpy as np
import pytest
from benches import registry, weighing
from benches.registry import Measured
from benches.subjects import load_subject

from iwsi.filter.losses import token_losses


@pytest.fixture(scope="module")
def subject():
    return dataclasses.replace(load_subject("tiny"), candidates=8)


def test_the_padded_loop_gives_the_losses_that_we_give(subject):
    samples = weighing._samples(subject, few_shot=0)
    ours = token_losses(subject.model, samples, batch_tokens=4096).mean("sequence")
    np.testing.assert_allclose(weighing.padded_losses(subject.model, samples), ours, atol=1e-4)


def test_part_of_the_samples_is_as_long_on_average_as_all(subject):
    many = dataclasses.replace(subject, candidates=300)
    samples = weighing._samples(many, few_shot=0)
    means = [
        np.mean([len(sample.ids) for sample in one])
        for one in (samples, weighing._some(samples, 6))
    ]
    assert means[1] == pytest.approx(means[0], abs=2)


def test_ways_are_timed_in_turn_and_the_least_counts(monkeypatch):
    clock = iter([0, 5, 5, 6, 10, 12, 12, 20])
    for name in ("perf_counter", "process_time"):
        monkeypatch.setattr(registry.time, name, lambda: next(clock))
    order = []
    least = registry.seconds(2, lambda: order.append("a"), lambda: order.append("b"))
    assert order == ["a", "b", "a", "b"]
    assert least == [2, 1]


def test_json_has_a_ratio_of_ours_to_theirs_by_name(monkeypatch, capsys):
    found = [("weigh_prefix", 5.0, Measured(ours=6.0, theirs=1.5, unit="candidates/s"))]
    monkeypatch.setattr(bench, "measure", lambda *given: found)
    monkeypatch.setattr("sys.argv", ["bench.py", "--json"])
    bench.main()
    expected = {"ratio": 4.0, "ours": 6.0, "theirs": 1.5, "unit": "candidates/s"}
    assert json.loads(capsys.readouterr().out) == {"weigh_prefix": expected}
