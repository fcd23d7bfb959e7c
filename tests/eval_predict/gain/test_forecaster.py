import numpy as np
import pytest
from gain_worlds import in_full, rounds_world, run_items
from worlds import rasch_world

from eval_predict import Observed, ScoreMatrix, UserError
from eval_predict.gain.forecaster import (
    GAIN_METHODS,
    ArrayForecaster,
    EarlierRound,
    ItemFeatures,
)

N = 400


def _forecast(method: str, scores_RN: np.ndarray, seed: int = 0, budget: int = 40, **inputs):
    forecaster = ArrayForecaster(method=method).fit(N, [in_full(scores_RN[0])], **inputs)
    observed = run_items(forecaster, scores_RN[1], forecaster.stages(budget), seed)
    return forecaster.forecast(observed)


@pytest.mark.parametrize("method", list(GAIN_METHODS))
def test_a_full_test_leaves_no_doubt(method: str) -> None:
    scores_RN = rounds_world([0.05])
    forecast = _forecast(method, scores_RN, budget=N)
    truth = scores_RN[1].mean() - scores_RN[0].mean()
    for gain in (forecast.gain_over_previous, forecast.gain_over_base):
        assert (gain.value, gain.low, gain.high) == pytest.approx((truth, truth, truth))
    assert forecast.probability_above(truth - 0.001) == 1
    assert forecast.probability_above(truth + 0.001) == 0


@pytest.mark.parametrize("method", list(GAIN_METHODS))
def test_a_full_budget_with_a_history_is_exact(method: str) -> None:
    scores_RN = rounds_world([0.05])
    forecast = _forecast(method, scores_RN, budget=N, history=rasch_world(12, N, seed=5))
    truth = scores_RN[1].mean() - scores_RN[0].mean()
    assert forecast.gain_over_previous.value == pytest.approx(truth)
    assert forecast.gain_over_previous.low == forecast.gain_over_previous.high


@pytest.mark.parametrize("history", [True, False])
def test_intervals_cover_a_round_that_loses_answers_after_rounds_that_gained(history: bool) -> None:
    inside, passed = [], []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        scores_RN = rounds_world([0.04, 0.04], seed=seed)
        lost_N = scores_RN[-1].copy()
        lost_N[rng.choice(np.flatnonzero(lost_N > 0), 24, replace=False)] = 0  # 6 points
        inputs = {"history": rasch_world(16, N, seed=5)} if history else {}
        earlier = [in_full(score_N, f"round-{r}") for r, score_N in enumerate(scores_RN)]
        forecaster = ArrayForecaster().fit(N, earlier, **inputs)
        observed = run_items(forecaster, lost_N, forecaster.stages(40), seed)
        forecast = forecaster.forecast(observed)
        gain = forecast.gain_over_previous
        inside.append(gain.low <= lost_N.mean() - scores_RN[-1].mean() <= gain.high)
        passed.append(forecast.probability_above(0.0) >= 0.8)
    assert np.mean(inside) >= 0.85
    assert np.mean(passed) <= 0.05


@pytest.mark.parametrize("method", list(GAIN_METHODS))
@pytest.mark.parametrize("share", [0.0, 0.01, 0.99, 1.0])
def test_a_score_stays_between_none_and_all_right(method: str, share: float) -> None:
    rng = np.random.default_rng(0)
    scores_RN = np.array([rng.random(N) < 0.5, rng.random(N) < share]).astype(float)
    for seed in range(5):
        score = _forecast(method, scores_RN, seed).score
        assert 0 <= score.low <= score.value <= score.high <= 1
        assert score.high > score.low


@pytest.mark.parametrize("method", list(GAIN_METHODS))
def test_each_item_is_asked_for_once_and_the_budget_kept(method: str) -> None:
    scores_RN = rounds_world([0.05, 0.02])
    first = ArrayForecaster(method=method).fit(N, [in_full(scores_RN[0])])
    observed = run_items(first, scores_RN[1], first.stages(40))
    earlier = [in_full(scores_RN[0]), EarlierRound("round-1", observed)]
    second = ArrayForecaster(method=method).fit(N, earlier)
    # More items than the previous round had, in other stages.
    again = run_items(second, scores_RN[2], second.stages(60, batch=25))
    for items, size in ((observed, 40), (again, 60)):
        assert np.unique(items.items_Tn).size == items.shape[1] == size


def test_paired_dr_is_unbiased_whatever_its_features_say() -> None:
    scores_RN = rounds_world([0.08], seed=3)
    truth = scores_RN[1].mean() - scores_RN[0].mean()
    misleading = ItemFeatures(("noise",), np.random.default_rng(9).normal(size=(N, 1)))
    values = [
        _forecast("paired_dr", scores_RN, seed, features=misleading).gain_over_base.value
        for seed in range(300)
    ]
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values) - truth) < 3 * error + 0.003


@pytest.mark.parametrize("method", list(GAIN_METHODS))
@pytest.mark.parametrize("full", [True, False])
def test_intervals_of_the_gain_cover(method: str, full: bool) -> None:
    inside = []
    for seed in range(120):
        gains = 0.03 * np.random.default_rng(seed).normal(size=2)
        scores_RN = rounds_world(list(gains), seed=seed)
        earlier = [in_full(scores_RN[0])]
        forecaster = ArrayForecaster(method=method).fit(N, earlier)
        observed = run_items(forecaster, scores_RN[1], forecaster.stages(40), seed)
        earlier.append(in_full(scores_RN[1]) if full else EarlierRound("round-1", observed))
        forecaster = ArrayForecaster(method=method).fit(N, earlier)
        observed = run_items(forecaster, scores_RN[2], forecaster.stages(40), seed + 1000)
        forecast = forecaster.forecast(observed)
        for gain, old in ((forecast.gain_over_previous, 1), (forecast.gain_over_base, 0)):
            inside.append(gain.low <= scores_RN[2].mean() - scores_RN[old].mean() <= gain.high)
    assert np.mean(inside) >= 0.85


def test_auto_is_closer_than_the_paired_sample() -> None:
    errors: dict[str, list[float]] = {"auto": [], "paired_sample": []}
    for seed in range(100):
        scores_RN = rounds_world([0.02], seed=seed)
        for method, found in errors.items():
            gain = _forecast(method, scores_RN, seed).gain_over_previous.value
            found.append(abs(gain - (scores_RN[1].mean() - scores_RN[0].mean())))
    assert np.mean(errors["auto"]) < 0.8 * np.mean(errors["paired_sample"])


@pytest.mark.parametrize("method", list(GAIN_METHODS))
def test_a_round_without_a_mistake_still_has_an_interval(method: str) -> None:
    scores_RN = np.array([np.arange(N) % 2, np.ones(N)])
    forecast = _forecast(method, scores_RN)
    for estimate in (forecast.score, forecast.gain_over_previous):
        assert estimate.low < estimate.value - 0.002
    assert forecast.score.high <= 1


@pytest.mark.parametrize("method", list(GAIN_METHODS))
def test_nothing_but_the_observed_scores_decides(method: str) -> None:
    """The rounds' other scores are unreachable: changing them all changes nothing."""
    scores_RN = rounds_world([0.05], seed=1)
    history = rasch_world(12, N, seed=5)
    forecaster = ArrayForecaster(method=method).fit(N, [in_full(scores_RN[0])], history=history)
    observed = run_items(forecaster, scores_RN[1], forecaster.stages(40), 7)
    other_N = 1 - scores_RN[1]
    other_N[observed.items_Tn[0]] = observed.scores_Tn[0]
    again = run_items(forecaster, other_N, forecaster.stages(40), 7)
    np.testing.assert_array_equal(observed.items_Tn, again.items_Tn)
    assert forecaster.forecast(observed) == forecaster.forecast(again)


def test_a_history_helps() -> None:
    errors: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(24):
        rng = np.random.default_rng(seed // 3)
        # Steep items: who is able enough is right, but for a little luck.
        ability_M, difficulty_N = np.sort(rng.normal(size=30)), rng.normal(size=N)
        noise_MN = rng.normal(0, 0.3, (30, N))
        scores_MN = (ability_M[:, None] + noise_MN > difficulty_N).astype(float)
        history = ScoreMatrix.from_array(np.delete(scores_MN, [12, 18], axis=0))
        truth = scores_MN[18].mean() - scores_MN[12].mean()
        for given, found in errors.items():
            inputs = {"history": history} if given else {}
            gain = _forecast("auto", scores_MN[[12, 18]], seed + 900, **inputs).gain_over_base.value
            found.append(abs(gain - truth))
    assert np.mean(errors[True]) < 0.9 * np.mean(errors[False])


def test_the_previous_rounds_items_are_run_again_where_it_was_not_run_on_all() -> None:
    scores_RN = rounds_world([0.05, 0.05])
    first = ArrayForecaster().fit(N, [in_full(scores_RN[0])])
    observed = run_items(first, scores_RN[1], first.stages(40))
    earlier = [in_full(scores_RN[0]), EarlierRound("round-1", observed)]
    second = ArrayForecaster().fit(N, earlier)
    again = run_items(second, scores_RN[2], second.stages(40), seed=5)
    assert set(again.items_Tn[0]) == set(observed.items_Tn[0])
    np.testing.assert_allclose(again.probability_Tn, observed.probability_Tn)


@pytest.mark.parametrize("method", list(GAIN_METHODS))
@pytest.mark.parametrize("with_history", [True, False])
def test_a_base_that_was_not_run_on_all_items_will_do(method: str, with_history: bool) -> None:
    scores_RN = rounds_world([0.05], seed=2)
    some = Observed(
        np.arange(0, N, 8)[None],
        scores_RN[0][None, ::8],
        np.full((1, N // 8), 1 / 8),
        np.zeros(N // 8, np.intp),
    )
    history = rasch_world(12, N, seed=5) if with_history else None
    none = ItemFeatures((), np.empty((N, 0)))
    forecaster = ArrayForecaster(method=method)
    forecaster.fit(N, [EarlierRound("round-0", some)], history=history, features=none)
    observed = run_items(forecaster, scores_RN[1], forecaster.stages(60))
    gain = forecaster.forecast(observed).gain_over_base
    assert gain.low < gain.value < gain.high


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (lambda: ArrayForecaster(method="autto"), 'Did you mean "auto"'),
        (lambda: ArrayForecaster(level=1.5), "level"),
        (lambda: ArrayForecaster().fit(N, []), "no round"),
        (lambda: ArrayForecaster().fit(N, [in_full(np.ones(N))]).stages(4), "5 items or more"),
        (lambda: ArrayForecaster().fit(9, [in_full(np.ones(N))]), "out of range"),
        (lambda: ArrayForecaster().fit(N, [in_full(np.full(N, 3.0))]), "outside"),
        (
            lambda: ArrayForecaster().fit(N, [in_full(np.ones(N))], history=rasch_world(6, 30)),
            "30 items",
        ),
        (
            lambda: ArrayForecaster().fit(
                N, [in_full(np.ones(N))], features=ItemFeatures(("a",), np.ones((3, 1)))
            ),
            "features",
        ),
        (
            lambda: (
                ArrayForecaster()
                .fit(N, [in_full(np.ones(N))])
                .forecast(
                    Observed(
                        np.zeros((1, 2), np.intp),
                        np.ones((1, 2)),
                        np.ones((1, 2)),
                        np.zeros(2, np.intp),
                    )
                )
            ),
            "each once",
        ),
    ],
)
def test_bad_input_is_one_line(fault, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        fault()
    assert "\n" not in str(caught.value)
