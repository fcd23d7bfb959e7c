import math

import numpy as np
import pandas as pd
import pytest

from eval_predict import UserError, mean_score, paired_difference


def _pairs(
    both: int, only_model: int, only_baseline: int, neither: int
) -> tuple[list[int], list[int]]:
    model = [1] * (both + only_model) + [0] * (only_baseline + neither)
    baseline = [1] * both + [0] * only_model + [1] * only_baseline + [0] * neither
    return model, baseline


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


def _clustered(rng: np.random.Generator, clusters: int, size: int) -> list[np.ndarray]:
    """Two models that are equally good on passages, each better on half of them by chance."""
    passage_G = rng.normal(0, 1, clusters)
    lead_GM = rng.normal(0, 1, (clusters, 2))
    logit_GM = passage_G[:, None] + lead_GM
    return [
        (rng.random((clusters, size)) < 1 / (1 + np.exp(-logit_GM[:, [model]]))).ravel() * 1.0
        for model in (0, 1)
    ]


def test_two_equal_models_rarely_differ_when_their_clusters_are_known() -> None:
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(30), 10)
    wrong = {"clusters": 0, "alone": 0}
    for _ in range(400):
        model, baseline = _clustered(rng, 30, 10)
        for name, clusters in (("clusters", labels), ("alone", None)):
            gap = paired_difference(model, baseline, clusters=clusters)
            wrong[name] += not gap.low <= 0 <= gap.high
    # 5% of 400 is 20, and two standard errors of that are 9.
    assert wrong["clusters"] <= 29
    assert wrong["alone"] >= 60


def test_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="baseline_N: 1 scores; expected 2"):
        paired_difference([1, 0], [1])


def test_series_are_matched_by_name_and_never_by_place() -> None:
    model = pd.Series([1, 1, 0, 0], index=["0", "1", "10", "2"])
    baseline = pd.Series([1, 0, 0, 0], index=[0, 1, 2, 10])
    passages = pd.Series(["a", "a", "b", "b"], index=["0", "10", "1", "2"])
    expected = paired_difference([1, 1, 0, 0], [1, 0, 0, 0])
    assert paired_difference(model, baseline) == expected
    assert paired_difference(model, baseline.sort_index(ascending=False)) == expected
    clustered = paired_difference([1, 1, 0, 0], [1, 0, 0, 0], clusters=["a", "b", "a", "b"])
    assert paired_difference(model, baseline, clusters=passages) == clustered
    assert mean_score(model, clusters=passages) == mean_score(
        [1, 1, 0, 0], clusters=["a", "b", "a", "b"]
    )
    with pytest.raises(UserError, match=r'2 items that only one of the two has .first: "10"'):
        paired_difference(model.rename({"10": "11"}), baseline)
