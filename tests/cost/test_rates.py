import pytest

from iwsi.cost import rates
from iwsi.cost.rates import Reached, expected_rates, keep_rate, keep_start, keep_voted

SMALL = 1_000_000  # reaches half of what a large model does
TABLE = {work: Reached(0.8, SMALL) for work in rates.REACHED} | {"train": Reached(0.4, SMALL)}


@pytest.fixture(autouse=True)
def _machine(tmp_path, monkeypatch):
    monkeypatch.setattr(rates, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(rates, "matmul_rate", lambda: 1e11)
    monkeypatch.setattr(rates, "REACHED", TABLE)


def test_without_anything_kept_the_rate_is_a_part_of_a_matrix_product():
    found = expected_rates(SMALL)
    assert found.of("score") == pytest.approx(1e11 / 2 * 0.8)
    assert not found.measured


def test_what_was_measured_counts_and_scales_what_was_not():
    keep_rate("train", SMALL, 1e10, 2.0)
    found = expected_rates(SMALL)
    assert found.of("train") == pytest.approx(5e9)
    assert found.measured == {"train"}
    slower = 5e9 / (1e11 / 2 * 0.4)
    assert found.of("score") == pytest.approx(1e11 / 2 * 0.8 * slower)


def test_the_last_measurement_of_a_size_counts_and_the_nearest_size():
    keep_rate("train", SMALL, 1e10, 1.0)
    keep_rate("train", SMALL, 3e10, 1.0)
    keep_rate("train", 2 * SMALL, 8e10, 1.0)
    assert expected_rates(SMALL).of("train") == pytest.approx(3e10)


def test_a_rate_is_scaled_to_a_model_of_another_size_and_not_to_one_far_off():
    keep_rate("train", 3 * SMALL, 3e10, 1.0)
    # Of a large product's rate the one reaches three quarters, the other a half.
    assert expected_rates(SMALL).of("train") == pytest.approx(2e10)
    assert not expected_rates(100 * SMALL).measured


def test_another_device_shows_nothing(monkeypatch):
    keep_rate("train", SMALL, 1e10, 1.0)
    monkeypatch.setattr(rates, "device", lambda: "cuda")
    assert not expected_rates(SMALL).measured


def test_starts_and_shares_are_kept_too():
    keep_start(SMALL, 3.5)
    keep_voted("sums: short", SMALL, 0.4)
    assert expected_rates(SMALL).start_seconds == 3.5
    assert rates.shown_voted("sums: short", SMALL) == 0.4
    assert rates.shown_voted("other", SMALL) is None


def test_a_damaged_file_is_as_none(tmp_path):
    (tmp_path / "rates.json").write_text("[1, 2")
    assert not expected_rates(SMALL).measured
