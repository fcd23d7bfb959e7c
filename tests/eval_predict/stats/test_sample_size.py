import numpy as np
import pytest

from eval_predict import UserError
from eval_predict.stats.sample_size import (
    difference_variance,
    items_at,
    items_for_width,
    items_to_detect,
    plan_of,
    score_variance,
)

ENDLESS = 10**9


def test_a_difference_takes_the_items_of_the_textbook() -> None:
    # (1.959964 + 0.841621)² · 0.25 / 0.1² = 196.2 (Cochran's formula at p = 0.5, by hand).
    assert items_to_detect(0.25, 0.1, ENDLESS, 0.95, 0.8) == 197
    # 1.959964² · 0.25 / 0.05² = 384.1, the usual sample of a survey.
    assert items_for_width(0.25, 0.05, ENDLESS, 0.95) == 385


def test_a_benchmark_of_few_items_needs_fewer_and_never_more_than_all() -> None:
    # 384.146 · 1000 / (999 + 384.146) = 277.7
    assert items_for_width(0.25, 0.05, 1000, 0.95) == 278
    assert items_for_width(0.25, 1e-9, 1000, 0.95) == 1000
    assert items_at(5.0, 1) == 1


@pytest.mark.parametrize("of", [60, 500, ENDLESS])
def test_a_plan_finds_what_it_was_made_for(of: int) -> None:
    items = items_to_detect(0.2, 0.12, of, 0.9, 0.85)
    assert plan_of(0.2, items, of, 0.9, 0.85).detectable <= 0.12
    assert plan_of(0.2, items - 1, of, 0.9, 0.85).detectable > 0.12
    assert plan_of(0.2, of, of, 0.9, 0.85).half_width < 1e-4


def test_variances_are_the_histories_own_and_pass_over_gaps() -> None:
    scores_MN = np.array([[1, 0, 1, 0], [1, 1, np.nan, 1], [1, 0, 1, 1]])
    assert score_variance(scores_MN) == pytest.approx(0.25)  # of 1/3, 0 and 1/4
    # Differences (0, 1, 1), (0, 0, 0, 1), (0, 1, 0): variances 1/3, 1/4, 1/3.
    rng = np.random.default_rng(0)
    assert difference_variance(scores_MN, rng) == pytest.approx(1 / 3)
    with pytest.raises(UserError, match="two models that share two items"):
        difference_variance(scores_MN[:1], rng)


def test_a_difference_of_nothing_is_refused() -> None:
    with pytest.raises(UserError, match="detect: 0"):
        items_to_detect(0.25, 0, 10, 0.95, 0.8)
