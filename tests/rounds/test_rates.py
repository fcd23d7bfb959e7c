from iwsi.rounds import rates
from iwsi.rounds.rates import EVEN_PARAMETERS, keep_rate, kept_rate, reached_rate


def test_a_measured_rate_is_kept_for_models_of_about_that_size(tmp_path, monkeypatch):
    monkeypatch.setattr(rates, "cache_folder", lambda: tmp_path)
    assert kept_rate(1000, "cpu") is None
    keep_rate(1000, "cpu", 5e9)
    keep_rate(9000, "cpu", 7e9)
    assert kept_rate(1100, "cpu") == 5e9
    assert kept_rate(1000, "cuda") is None
    assert kept_rate(3000, "cpu") is None


def test_a_damaged_file_of_rates_counts_as_none(tmp_path, monkeypatch):
    monkeypatch.setattr(rates, "cache_folder", lambda: tmp_path)
    (tmp_path / "rates.json").write_text("{")
    assert kept_rate(1000, "cpu") is None


def test_a_model_of_the_even_size_reaches_half_of_the_machines_rate():
    assert reached_rate(8e9, EVEN_PARAMETERS) == 4e9
