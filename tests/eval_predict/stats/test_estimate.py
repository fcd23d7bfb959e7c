import math
import subprocess
import sys

import numpy as np
import pytest

from eval_predict import Estimate, UserError, mean_over_seeds, mean_score, paired_difference


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


def test_grades_that_are_all_alike_are_as_uncertain_as_right_and_wrong_ones() -> None:
    estimate = mean_score([0.1] * 10)
    # Wilson's bounds solve |0.1 - p| = z sqrt(p (1 - p) / 10).
    for bound in (estimate.low, estimate.high):
        reach = 1.959964 * math.sqrt(bound * (1 - bound) / 10)
        assert abs(0.1 - bound) == pytest.approx(reach, rel=1e-6)
    assert estimate.warnings == ("every score is the same: their spread is unknown",)
    assert mean_score([7] * 10).high == math.inf
    same = paired_difference([0.3] * 9, [0.3] * 9)
    assert -1 < same.low < 0 < same.high < 1


def test_grades_between_0_and_1_use_their_own_variance_in_wilsons_shape() -> None:
    scores = np.array([0.8, 1.0, 1.0, 0.9, 1.0, 0.7, 1.0, 1.0])
    estimate = mean_score(scores)
    # |mean - p| = t sqrt(p (1 - p) needed) with needed = s²/n / (mean (1 - mean));
    # t(0.975, 7) = 2.36462 in any table.
    mean = scores.mean()
    needed = scores.var(ddof=1) / 8 / (mean * (1 - mean))
    for bound in (estimate.low, estimate.high):
        reach = 2.36462 * math.sqrt(bound * (1 - bound) * needed)
        assert abs(mean - bound) == pytest.approx(reach, rel=1e-4)
    assert estimate.high < 1
    zeros_and_ones = mean_score([1.0] * 7 + [0.4])
    assert zeros_and_ones.high < 1


def test_a_sample_of_a_finite_benchmark_is_surer_and_never_says_the_impossible() -> None:
    # (N - n)/((N - 1) n) = 1000/(1999 * 1000): as many items as 1999 of an endless benchmark,
    # and out to the next whole count of right answers.
    some = mean_score([1] * 600 + [0] * 400, population=2000)
    endless = mean_score([1] * 600 + [0] * 400)
    assert endless.low < some.low < 0.6 < some.high < endless.high
    for bound in (some.low, some.high):
        reach = 1.959964 * math.sqrt(bound * (1 - bound) / 1999)
        assert 0 <= abs(0.6 - bound) - reach < 1 / 2000
    nearly_all = mean_score([1] * 18 + [0], population=20)
    assert (nearly_all.low, nearly_all.high) == pytest.approx((18 / 20, 19 / 20))
    whole = mean_score([1, 0, 1], population=3)
    assert (whole.low, whole.high, whole.method) == (whole.value, whole.value, "all_items")
    with pytest.raises(UserError, match="population: 2 items; expected 3 or more"):
        mean_score([1, 0, 1], population=2)


@pytest.mark.parametrize("right", [0.5, 0.95])
@pytest.mark.parametrize(("n", "population"), [(10, 30), (50, 200)])
def test_samples_of_a_finite_benchmark_are_covered(right: float, n: int, population: int) -> None:
    rng = np.random.default_rng(1)
    scores_N = (np.arange(population) < right * population).astype(float)
    drawn = [rng.choice(scores_N, n, replace=False) for _ in range(800)]
    estimates = [mean_score(scores, population=population) for scores in drawn]
    truth = scores_N.mean()
    covered = np.mean([one.low - 1e-9 <= truth <= one.high + 1e-9 for one in estimates])
    assert covered >= 0.93


def _clustered(rng: np.random.Generator, clusters: int, size: int) -> list[np.ndarray]:
    """Two models that are equally good on passages, each better on half of them by chance."""
    passage_G = rng.normal(0, 1, clusters)
    lead_GM = rng.normal(0, 1, (clusters, 2))
    logit_GM = passage_G[:, None] + lead_GM
    return [
        (rng.random((clusters, size)) < 1 / (1 + np.exp(-logit_GM[:, [model]]))).ravel() * 1.0
        for model in (0, 1)
    ]


def test_a_clustered_mean_covers_the_mean_of_all_clusters() -> None:
    rng = np.random.default_rng(3)
    labels = np.repeat(np.arange(40), 5)
    covered = 0
    for _ in range(400):
        share_G = rng.beta(2, 1, 40)  # of mean 2/3
        scores = (rng.random((40, 5)) < share_G[:, None]).ravel() * 1.0
        estimate = mean_score(scores, clusters=labels)
        covered += estimate.low <= 2 / 3 <= estimate.high
    assert 0.92 <= covered / 400 <= 0.985


def test_each_item_its_own_cluster_is_no_cluster() -> None:
    scores, baseline = _clustered(np.random.default_rng(4), 20, 5)
    alone = paired_difference(scores, baseline)
    clustered = paired_difference(scores, baseline, clusters=range(100))
    assert clustered.value == alone.value
    # Student's t of 99 degrees of freedom is 1.984 where the normal's is 1.960.
    assert (clustered.high - clustered.low) == pytest.approx(alone.high - alone.low, rel=0.02)
    assert clustered.high - clustered.low > alone.high - alone.low


def test_few_clusters_are_reported_and_one_is_refused() -> None:
    estimate = mean_score([1, 0, 1, 1], clusters=["a", "a", "b", "b"])
    assert estimate.warnings == ("only 2 clusters: the interval is a rough one",)
    with pytest.raises(UserError, match="clusters: one cluster; expected two or more"):
        mean_score([1, 0], clusters=["a", "a"])
    with pytest.raises(UserError, match="clusters: 1 labels; expected 2"):
        mean_score([1, 0], clusters=["a"])


def test_all_right_in_every_cluster_counts_as_much_as_one_item_of_each() -> None:
    estimate = mean_score([1] * 40, clusters=np.repeat(np.arange(20), 2))
    # Of n right the lower bound is n / (n + t²); t(0.975, 19) = 2.09302.
    assert estimate.low == pytest.approx(20 / (20 + 2.09302**2), abs=1e-5)


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
