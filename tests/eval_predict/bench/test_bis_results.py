import pytest

from eval_predict.bench.bis_protocol import BisRow
from eval_predict.bench.bis_results import summarise_bis


def _row(target: str, method: str, error: float, reach: float = 0.1) -> BisRow:
    truth = 0.5
    value = truth + error
    return BisRow(
        "a", target, "", "m", method, value, truth, error, value - reach, value + reach, 10.0, 0
    )


def test_ratios_are_over_all_pairs_and_the_mean_of_the_pairs() -> None:
    rows = [
        _row("b", "source_mean", 0.10),
        _row("c", "source_mean", 0.30),
        _row("b", "auto", 0.10),
        _row("c", "auto", 0.06),
    ]
    auto = {summary.method: summary for summary in summarise_bis(rows)}["auto"]
    assert auto.mae == pytest.approx(8.0)  # points
    assert auto.ratio == pytest.approx(0.16 / 0.40)
    assert auto.mean_ratio == pytest.approx((1.0 + 0.2) / 2)
    assert auto.worst_ratio == pytest.approx(1.0)
    assert auto.coverage == 1.0
    assert auto.width == pytest.approx(20.0)
    assert auto.pairs == 2


def test_a_setting_is_compared_with_the_source_mean_of_the_same_setting() -> None:
    rows = [
        _row("b", "source_mean[source=100]", 0.20),
        _row("b", "source_mean[source=all]", 0.10),
        _row("b", "auto[source=100]", 0.10),
    ]
    by_method = {summary.method: summary for summary in summarise_bis(rows)}
    assert by_method["auto[source=100]"].ratio == pytest.approx(0.5)
