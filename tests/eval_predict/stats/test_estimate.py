import math
import subprocess
import sys

import numpy as np
import pytest

from eval_predict import Estimate, UserError, mean_over_seeds, mean_score, paired_difference


def _pairs(
    both: int, only_model: int, only_baseline: int, neither: int
) -> tuple[list[int], list[int]]:
    model = [1] * (both + only_model) + [0] * (only_baseline + neither)
    baseline = [1] * both + [0] * only_model + [1] * only_baseline + [0] * neither
    return model, baseline


def test_wilson_bounds_solve_the_score_equation() -> None:
    # Wilson's bounds are the p with |share - p| = z sqrt(p (1 - p) / n).
    estimate = mean_score([1] * 7 + [0] * 23)
    assert estimate.method == "wilson"
    assert estimate.value == pytest.approx(7 / 30)
    for bound in (estimate.low, estimate.high):
        reach = 1.959964 * math.sqrt(bound * (1 - bound) / 30)
        assert abs(7 / 30 - bound) == pytest.approx(reach, rel=1e-6)


def test_wilson_stays_in_range_at_the_edges() -> None:
    # Of n zeros the upper bound is z² / (n + z²).
    none = mean_score([0.0] * 20)
    assert (none.value, none.low) == (0, 0)
    assert none.high == pytest.approx(3.841459 / 23.841459)
    all_right = mean_score(np.ones(20, dtype=bool))
    assert (all_right.value, all_right.high) == (1, 1)
    assert all_right.low == pytest.approx(1 - none.high)


def test_graded_scores_get_a_t_interval() -> None:
    # 1, 2, 3: mean 2, standard error 1/√3, t(0.975, 2 df) = 4.30265 in any table.
    estimate = mean_score([1, 2, 3])
    assert estimate.method == "student_t"
    assert estimate.high == pytest.approx(2 + 4.30265 / math.sqrt(3), abs=1e-5)
    assert estimate.low == pytest.approx(2 - 4.30265 / math.sqrt(3), abs=1e-5)


def test_seeds_get_a_t_interval_even_for_zeros_and_ones() -> None:
    # Standard error √(1/3)/2, t(0.95, 3 df) = 2.35336 in any table.
    estimate = mean_over_seeds([0, 1, 0, 1], level=0.9)
    assert estimate.method == "student_t"
    assert estimate.high == pytest.approx(0.5 + 2.35336 * math.sqrt(1 / 3) / 2, abs=1e-5)


@pytest.mark.parametrize(
    ("counts", "low", "high", "digits"),
    [
        # Newcombe 1998, Stat. Med. 17:2635-2650, method 10.
        ((36, 12, 2, 0), 0.0569, 0.3404, 4),
        # Fagerland, Lydersen & Laake 2014, Stat. Med. 33:2850-2875: airway data.
        ((1, 1, 7, 12), -0.507, -0.026, 3),
        # The R package contingencytables, tests of its chapter 8.
        ((59, 6, 16, 80), -0.1186, -0.0046, 4),
    ],
)
def test_paired_interval_of_published_examples(
    counts: tuple[int, int, int, int], low: float, high: float, digits: int
) -> None:
    estimate = paired_difference(*_pairs(*counts))
    assert estimate.method == "newcombe_paired"
    assert round(estimate.low, digits) == low
    assert round(estimate.high, digits) == high


def test_swapping_the_models_mirrors_the_interval() -> None:
    model, baseline = _pairs(20, 7, 2, 11)
    there, back = paired_difference(model, baseline), paired_difference(baseline, model)
    assert (there.value, there.low, there.high) == pytest.approx(
        (-back.value, -back.high, -back.low)
    )


@pytest.mark.parametrize("n", [60, 400])
@pytest.mark.parametrize(
    "probabilities", [(0.5, 0.1, 0.1, 0.3), (0.6, 0.03, 0.01, 0.36), (0.9, 0.03, 0.01, 0.06)]
)
def test_paired_interval_covers(n: int, probabilities: tuple[float, ...]) -> None:
    rng = np.random.default_rng(0)
    truth = probabilities[1] - probabilities[2]
    draws = rng.multinomial(n, probabilities, size=600)
    estimates = [paired_difference(*_pairs(*counts)) for counts in draws.tolist()]
    covered = np.mean([estimate.low <= truth <= estimate.high for estimate in estimates])
    assert covered >= 0.93  # 0.95 less two standard errors of 600 draws


def test_graded_pairs_get_a_paired_t_interval() -> None:
    # differences 1, 2, 3
    estimate = paired_difference([1.5, 3, 5], [0.5, 1, 2])
    assert (estimate.method, estimate.value) == ("paired_t", 2)
    assert estimate.low == pytest.approx(2 - 4.30265 / math.sqrt(3), abs=1e-5)


def test_models_that_never_differ_get_a_width_and_a_warning() -> None:
    estimate = paired_difference([1, 0, 1, 1], [1, 0, 1, 1])
    assert estimate.low < 0 < estimate.high
    assert estimate.warnings == ("the two never differ",)


@pytest.mark.parametrize(
    "estimate",
    [mean_score([0.4]), mean_over_seeds([1]), paired_difference([0.4], [1])],
)
def test_one_value_says_nothing_of_its_spread(estimate: Estimate) -> None:
    assert (estimate.low, estimate.high) == (-math.inf, math.inf)
    assert "only one" in estimate.warnings[0]
    assert estimate.to_dict()["low"] is None


def test_one_right_or_wrong_item_keeps_a_finite_interval() -> None:
    for estimate in (mean_score([1]), paired_difference([1], [0])):
        assert -1 <= estimate.low < estimate.high <= 1
        assert estimate.warnings == ("only one item",)


def test_constant_grades_warn_that_the_interval_says_too_much() -> None:
    estimate = mean_score([0.1] * 10)
    assert (estimate.low, estimate.value, estimate.high) == (0.1, 0.1, 0.1)
    assert "without width" in estimate.warnings[0]


@pytest.mark.parametrize(
    ("scores", "line"),
    [
        ([], "scores_N: shape (0,); expected (N,) with N ≥ 1"),
        ([[1, 0]], "scores_N: shape (1, 2); expected (N,) with N ≥ 1"),
        ([1, math.nan, 0], "scores_N: 1 of 3 not finite (first at 1); expected finite numbers"),
        (["a"], "scores_N: could not convert string to float: 'a'; expected numbers"),
    ],
)
def test_bad_scores_are_named(scores: list[float], line: str) -> None:
    with pytest.raises(UserError) as caught:
        mean_score(scores)
    assert str(caught.value) == line


def test_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="baseline_N: 1 scores; expected 2"):
        paired_difference([1, 0], [1])


@pytest.mark.parametrize("level", [0, 1, 95, math.nan])
def test_a_level_out_of_range_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level: "):
        mean_score([1, 0], level)


def test_import_is_light() -> None:
    code = (
        "import sys, eval_predict;"
        "sys.exit(bool({'torch', 'pandas', 'scipy.stats'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
