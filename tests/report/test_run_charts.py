import numpy as np

from eval_predict.stats.estimate import Estimate, mean_score
from iwsi.report.data import Distributions, Forecast, Round, TestResult
from iwsi.report.run_charts import accuracy_series, overview_charts, round_charts


def _distributions(nll_C=(0.4, 0.6), validation_nll_V=(0.5,)):
    ones = np.ones(2)
    keep_C = np.array([True, False])
    return Distributions(
        ds_weight_C=np.array([1.2, 2.0]),
        nll_C=np.array(nll_C),
        vote_share_C=ones,
        keep_C=keep_C,
        agrees_C=np.array([True, True]),
        entropy_Q=np.array([0.5]),
        distinct_Q=np.array([2.0]),
        num_tokens_C=10 * ones,
        validation_nll_V=np.array(validation_nll_V),
        truncated=0.1,
        unreadable=0.2,
        unanimous=0.3,
    )


def _tested(number, scores):
    return Round(number, test=TestResult(mean_score(scores), 0.0, ()))


def test_only_rounds_with_a_full_test_stand_in_the_series_of_accuracies():
    series = accuracy_series([_tested(0, [0.0, 1.0]), Round(1), _tested(2, [1.0] * 3)], "test", "a")
    assert list(series.x) == [0, 2]
    assert list(series.y) == [0.5, 1.0]


def test_a_chart_without_anything_to_show_is_left_out():
    assert overview_charts([]) == []
    assert round_charts(Round(1)) == []
    assert len(overview_charts([_tested(0, [0.0, 1.0])])) == 1


def test_what_was_measured_of_a_round_has_its_charts():
    score = Forecast(Estimate(0.5, 0.4, 0.6, 0.9, "m", 10), None, 10, 20)
    found = Round(1, forecast=score, distributions=_distributions(), training=((1, 2.0), (2, 1.0)))
    titles = ["Accuracy by round", "Shares of what was sampled", "Diversity"]
    assert all(
        title in chart for title, chart in zip(titles, overview_charts([found]), strict=True)
    )
    charts = " ".join(round_charts(found))
    for title in ("DS weight of candidates", "largest kept", "Loss of candidates and of labelled"):
        assert title in charts
    assert "Training loss" in charts


def test_without_losses_of_labelled_rows_the_candidates_stand_alone():
    charts = " ".join(round_charts(Round(1, distributions=_distributions(validation_nll_V=()))))
    assert "Loss of candidates and of labelled rows" not in charts
    assert "Loss of candidates" in charts
