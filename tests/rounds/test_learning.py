from dataclasses import asdict

import pytest
from cost.test_estimate import counts, recipe

from iwsi.cost import rates
from iwsi.cost.rates import expected_rates
from iwsi.rounds.learning import record_rate
from iwsi.rounds.ledger import Entry, Ledger
from iwsi.rounds.plan import plan

PARAMETERS = 10**8


@pytest.fixture(autouse=True)
def _machine(tmp_path, monkeypatch):
    monkeypatch.setattr(rates, "cache_folder", lambda: tmp_path / "cache")


def ledger_with(folder, name, seconds, info, startup=None):
    ledger = Ledger(folder)
    prepared = {"counts": asdict(counts()), "parameters": PARAMETERS}
    ledger.entries["prepare"] = Entry("", {}, 1.0, info=prepared)
    parts = startup or {}
    ledger.entries[name] = Entry("", {}, seconds, sum(parts.values()), info, parts)
    return ledger


def stage_of(loaded, name):
    return next(stage for stage in plan(loaded) if stage.name == name)


def learnt(folder, name, seconds, info, startup=None):
    loaded = recipe()
    ledger = ledger_with(folder, name, seconds, info, startup)
    record_rate(stage_of(loaded, name), loaded, ledger)
    return expected_rates(PARAMETERS)


def test_training_says_how_fast_it_was_by_the_rows_that_it_had(tmp_path):
    info = {"trained": 200, "too_long": 0}
    found = learnt(tmp_path, "round-1/train", 100.0, info, {"model": 4.0, "imports": 2.0})
    # Two epochs of 330 tokens, four operations a parameter and token.
    assert found.of("train") == pytest.approx(4 * PARAMETERS * 200 * 2 * 330 / 100)
    assert found.start_seconds == 6.0


def test_sampling_counts_the_tokens_that_came(tmp_path):
    found = learnt(tmp_path, "round-1/sample", 50.0, {"tokens": 25_000})
    assert found.of("sample") == pytest.approx(2 * PARAMETERS * (100 * 320 + 25_000) / 50)


def test_a_test_is_one_pass_over_the_test_rows(tmp_path):
    found = learnt(tmp_path, "round-0/test", 10.0, {})
    assert found.of("test") == pytest.approx(2 * PARAMETERS * 200 * 330 / 10)


def test_a_stage_of_a_moment_says_nothing(tmp_path):
    assert not learnt(tmp_path, "round-0/test", 0.1, {}).measured


def test_a_run_of_an_earlier_version_says_nothing(tmp_path):
    loaded = recipe()
    ledger = ledger_with(tmp_path, "round-0/test", 10.0, {})
    del ledger.entries["prepare"].info["counts"]
    record_rate(stage_of(loaded, "round-0/test"), loaded, ledger)
    assert not expected_rates(PARAMETERS).measured
