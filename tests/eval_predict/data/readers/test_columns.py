import pytest

from eval_predict.data.readers import columns


@pytest.mark.parametrize(
    "name", ["correct", "F1 Score", "score_match", "exact_match/v1/score", "pass@10"]
)
def test_names_of_metrics_are_known_in_any_spelling(name):
    assert columns.is_metric(name)


@pytest.mark.parametrize("name", ["gpt-4", "question", "scored", "passage"])
def test_names_that_only_look_like_a_metric_are_none(name):
    assert not columns.is_metric(name)


@pytest.mark.parametrize("name", ["latency", "total_tokens", "Duration ms", "price"])
def test_what_a_call_cost_is_a_measure(name):
    assert columns.is_measure(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("avg_length", True), ("Win Rate", True), ("n_total", True), ("meaning", False)],
)
def test_columns_that_sum_up_others_are_known_by_a_whole_word(name, expected):
    assert columns.is_summary(name) is expected


def test_the_first_wanted_column_is_found_in_its_spelling():
    header = ("Index", "Question ID", "score")
    assert columns.first_of(columns.ITEM, header) == "Question ID"  # before index in the list
    assert columns.first_of(columns.MODEL, header) is None
