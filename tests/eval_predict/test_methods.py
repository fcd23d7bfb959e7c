"""What holds for every method: numbers for any input, and nothing but the data counts."""

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from worlds import rasch_world

from eval_predict import METHODS, Observed, ScoreMatrix, UserError
from eval_predict.bench.runner import observe
from eval_predict.select.design import RandomDesign
from eval_predict.stats.estimate import Estimate

MODELS, ITEMS, TARGETS = 30, 60, 4
# Positions of items decide what gp_irt holds out; lasso stops within a tolerance; pca is float32.
ORDER_MATTERS = {"gp_irt": 0.05, "lasso": 0.005, "pca": 1e-5, "cf_debiased": 1e-6, "auto": 1e-7}
every_method = pytest.mark.parametrize("name", list(METHODS))
WORLD = rasch_world(MODELS + TARGETS, ITEMS, seed=2)
HISTORY = WORLD.take_models(np.arange(MODELS))
TRUTH_TN = WORLD.dense_MN()[MODELS:]


@pytest.fixture(autouse=True)
def _strict() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def _observe(
    name: str, history: ScoreMatrix, truth_TN: NDArray, budget: int, seed: int
) -> Observed:
    design = METHODS[name].design().fit(history)
    return observe(design, budget, truth_TN, np.random.default_rng(seed))


def _values(name: str, history: ScoreMatrix, observed: Observed) -> list[float]:
    estimates = METHODS[name].predictor().fit(history).predict_many(observed)
    return [estimate.value for estimate in estimates]


def _check(estimates: list[Estimate], budget: int, level: float = 0.95) -> None:
    for estimate in estimates:
        assert np.isfinite(estimate.value)
        assert 0 <= estimate.value <= 1
        assert estimate.low <= estimate.value <= estimate.high
        assert (estimate.level, estimate.n_observed) == (level, budget)


@every_method
def test_estimates_are_scores_inside_their_interval(name: str) -> None:
    predictor = METHODS[name].predictor().fit(HISTORY)
    for budget in (6, 20, ITEMS - 1):
        observed = _observe(name, HISTORY, TRUTH_TN, budget, seed=0)
        estimates = predictor.predict_many(observed, 0.8)
        assert len(estimates) == TARGETS
        _check(estimates, budget, 0.8)
        assert not any("failed" in text for one in estimates for text in one.warnings)


@every_method
def test_all_items_give_the_exact_mean(name: str) -> None:
    observed = _observe(name, HISTORY, TRUTH_TN, ITEMS, seed=0)
    estimates = METHODS[name].predictor().fit(HISTORY).predict_many(observed)
    for estimate, truth in zip(estimates, TRUTH_TN.mean(axis=1), strict=True):
        assert estimate.value == pytest.approx(truth, abs=1e-12)
        assert estimate.low == estimate.value == estimate.high


@every_method
def test_the_seed_decides(name: str) -> None:
    first, again = (_observe(name, HISTORY, TRUTH_TN, 15, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first.items_Tn, again.items_Tn)
    assert _values(name, HISTORY, first) == _values(name, HISTORY, again)


@every_method
def test_the_order_of_a_benchmarks_items_does_not_matter(name: str) -> None:
    observed = _observe(name, HISTORY, TRUTH_TN, 15, seed=4)
    order_N = np.random.default_rng(5).permutation(ITEMS)
    place_N = np.argsort(order_N)
    mixed = ScoreMatrix.from_array(HISTORY.dense_MN()[:, order_N], HISTORY.models)
    moved = Observed(
        place_N[observed.items_Tn], observed.scores_Tn, observed.probability_Tn, observed.stage_n
    )
    gap_T = np.subtract(_values(name, mixed, moved), _values(name, HISTORY, observed))
    assert np.abs(gap_T).max() < ORDER_MATTERS.get(name, 1e-8)


@every_method
def test_the_order_in_which_items_of_a_stage_came_does_not_matter(name: str) -> None:
    observed = _observe(name, HISTORY, TRUTH_TN, 15, seed=6)
    rng = np.random.default_rng(7)
    order_n = np.lexsort([rng.random(15), observed.stage_n])
    mixed = Observed(
        observed.items_Tn[:, order_n],
        observed.scores_Tn[:, order_n],
        observed.probability_Tn[:, order_n],
        observed.stage_n,
    )
    np.testing.assert_allclose(
        _values(name, HISTORY, mixed), _values(name, HISTORY, observed), atol=1e-8
    )


@every_method
def test_a_target_is_estimated_alike_in_any_company(name: str) -> None:
    if name == "pca":
        pytest.skip("fills all targets of a call together, as published")
    observed = _observe(name, HISTORY, TRUTH_TN, 15, seed=8)
    predictor = METHODS[name].predictor().fit(HISTORY)
    together = predictor.predict_many(observed)
    for target, expected in enumerate(together):
        alone = predictor.predict(observed.rows(slice(target, target + 1)))
        bounds = (alone.value, alone.low, alone.high)
        np.testing.assert_allclose(bounds, (expected.value, expected.low, expected.high), atol=1e-8)


@every_method
def test_a_target_is_sampled_alike_in_any_company(name: str) -> None:
    # The first target's draws may only depend on its own scores and the stream of random numbers.
    together = _observe(name, HISTORY, TRUTH_TN, 15, seed=8)
    others_TN = np.concatenate([TRUTH_TN[:1], 1 - TRUTH_TN[1:]])
    np.testing.assert_array_equal(
        _observe(name, HISTORY, others_TN, 15, seed=8).items_Tn[0], together.items_Tn[0]
    )


KINDS = ("plain", "all 0", "all 1", "one model copied", "in between", "missing", "empty models")


def _odd_world(kind: str, models: int) -> tuple[ScoreMatrix, NDArray]:
    """A history of so many models with a score on 20 items, and two targets."""
    rng = np.random.default_rng(models)
    scores_MN = rasch_world(models + 2, 20, seed=models).dense_MN()
    if kind in ("all 0", "all 1"):
        scores_MN[:] = float(kind == "all 1")
    elif kind == "one model copied":
        scores_MN[:models] = scores_MN[0]
    elif kind == "in between":
        scores_MN = rng.random(scores_MN.shape)
    history_MN, truth_TN = scores_MN[:models].copy(), scores_MN[models:]
    if kind == "missing":
        history_MN[rng.random(history_MN.shape) < 0.4] = np.nan
        history_MN[:, 3] = np.nan
    elif kind == "empty models":
        history_MN = np.concatenate([np.full((2, 20), np.nan), history_MN])
    if not len(history_MN):
        return ScoreMatrix.from_array(truth_TN).take_models(np.zeros(2, dtype=bool)), truth_TN
    return ScoreMatrix.from_array(history_MN), truth_TN


@every_method
@pytest.mark.parametrize("models", [0, 1, 2, 3, 4, 12])
def test_any_history_and_budget_gives_numbers(name: str, models: int) -> None:
    for kind in ("plain", "empty models") if models == 0 else KINDS:
        history, truth_TN = _odd_world(kind, models)
        design = METHODS[name].design().fit(history)
        predictor = METHODS[name].predictor().fit(history)
        for budget in (1, 2, 9):
            observed = observe(design, budget, truth_TN, np.random.default_rng(budget))
            estimates = predictor.predict_many(observed)
            _check(estimates, budget)
            warnings = [" ".join(estimate.warnings) for estimate in estimates]
            assert all("too few" in text for text in warnings) or models >= 2
            assert all("models without" in text or "no score" in text for text in warnings) or (
                kind != "empty models"
            )
            assert not any("failed" in text for text in warnings)


@pytest.mark.parametrize("name", ["auto", "auto_coreset", "pps_dr"])
@pytest.mark.parametrize("models", [2, 3])
def test_the_default_says_that_a_history_is_too_small_for_it(name: str, models: int) -> None:
    history, truth_TN = _odd_world("plain", models)
    observed = _observe(name, history, truth_TN, 7, seed=0)
    for estimate, scores_n in zip(
        METHODS[name].predictor().fit(history).predict_many(observed),
        observed.scores_Tn,
        strict=True,
    ):
        assert "fewer than 4 models" in estimate.warnings[0]
        assert estimate.value == pytest.approx(scores_n.mean())


def test_observed_scores_outside_the_historys_range_are_refused() -> None:
    history = rasch_world(20, 30)
    observed = Observed.of(
        RandomDesign().fit(history).select(8, np.random.default_rng(0)), np.full((1, 30), 2.5)
    )
    for name in ("auto", "random_sampling", "p_irt"):
        with pytest.raises(UserError, match=r"observed scores from 0 to 2.5"):
            METHODS[name].predictor().fit(history).predict(observed)


@pytest.mark.parametrize("name", ["random_sampling", "aipw"])
def test_an_uneven_draw_is_reported_where_an_even_one_is_assumed(name: str) -> None:
    history = rasch_world(20, 60)
    predictor, truth_TN = METHODS[name].predictor().fit(history), history.dense_MN()[:1]
    rng = np.random.default_rng(0)
    even = Observed.of(RandomDesign().fit(history).select(12, rng), truth_TN)
    assert predictor.predict(even).warnings == ()
    uneven = Observed.of(METHODS["auto_coreset"].design().fit(history).select(12, rng), truth_TN)
    assert "assumes equal-probability sampling" in predictor.predict(uneven).warnings[0]


@every_method
def test_before_fit_a_predictor_says_so(name: str) -> None:
    observed = Observed.of(
        RandomDesign().fit(HISTORY).select(5, np.random.default_rng(0)), TRUTH_TN[:1]
    )
    with pytest.raises(UserError, match="is not fitted"):
        METHODS[name].predictor().predict(observed)
