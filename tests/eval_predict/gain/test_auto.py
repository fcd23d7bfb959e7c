import numpy as np
import pytest
from gain_worlds import in_full, rounds_world, run_items
from worlds import rasch_world

from eval_predict.gain.forecaster import ArrayForecaster, EarlierRound

N = 400


def test_the_items_are_drawn_at_once_without_a_history_and_in_stages_with_one() -> None:
    base = in_full(rounds_world([])[0])
    assert ArrayForecaster().fit(N, [base]).stages(40) == [40]
    history = rasch_world(16, N, seed=5)
    assert ArrayForecaster().fit(N, [base], history=history).stages(40) == [16, 8, 8, 8]


def test_a_history_whose_models_do_not_differ_is_not_used() -> None:
    scores_N = rounds_world([])[0]
    same = rasch_world(8, N, seed=1)
    alike = same.from_array(np.repeat(same.dense_MN()[:1], 8, axis=0))
    assert ArrayForecaster().fit(N, [in_full(scores_N)], history=alike).stages(40) == [40]


@pytest.mark.parametrize("alike", [True, False])
def test_with_a_history_items_are_repeated_as_long_as_the_rounds_agree(alike: bool) -> None:
    scores_RN = rounds_world([0.05], seed=4)
    history = rasch_world(16, N, seed=5)
    first = ArrayForecaster().fit(N, [in_full(scores_RN[0])], history=history)
    observed = run_items(first, scores_RN[1], first.stages(40))
    earlier = [in_full(scores_RN[0]), EarlierRound("round-1", observed)]
    rng = np.random.default_rng(8)
    other_N = (rng.random(N) < scores_RN[1].mean()).astype(float)
    second = ArrayForecaster().fit(N, earlier, history=history)
    stages = second.stages(40)
    assert stages[0] == 8  # a fifth, to find out
    again = run_items(second, scores_RN[1] if alike else other_N, stages, seed=3)
    shared = np.intersect1d(again.items_Tn, observed.items_Tn).size
    assert shared == 40 if alike else shared < 20


def test_the_gates_gain_is_not_moved_by_other_rounds_gains() -> None:
    scores_RN = rounds_world([0.05, 0.05, 0.05], seed=2)
    steady = [in_full(score_N, f"round-{r}") for r, score_N in enumerate(scores_RN[:3])]
    one = ArrayForecaster().fit(N, steady)
    observed = run_items(one, scores_RN[3], one.stages(40), seed=1)
    forecast = one.forecast(observed)
    assert forecast.gain_alone.low == forecast.gain_over_previous.low or (
        forecast.gain_over_previous.value == forecast.gain_over_previous.low
    )
    assert forecast.gain_alone.value != forecast.gain_over_previous.value


def test_the_score_is_the_base_plus_the_gain_over_it() -> None:
    scores_RN = rounds_world([0.05], seed=2)
    forecaster = ArrayForecaster().fit(N, [in_full(scores_RN[0])])
    forecast = forecaster.forecast(run_items(forecaster, scores_RN[1], [40]))
    assert forecast.score.value == pytest.approx(
        scores_RN[0].mean() + forecast.gain_over_base.value
    )


def test_a_gain_between_two_partly_run_rounds_is_less_sure_than_its_parts_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scores_RN = rounds_world([0.05, 0.05], seed=4)
    base = in_full(scores_RN[0])
    first = ArrayForecaster().fit(N, [base])
    observed = run_items(first, scores_RN[1], [40])
    second = ArrayForecaster().fit(N, [base, EarlierRound("round-1", observed)])
    again = run_items(second, scores_RN[2], [40])
    wide = second.forecast(again).gain_alone
    monkeypatch.setattr("eval_predict.gain.auto._TWO_ROUNDS", 1.0)
    narrow = second.forecast(again).gain_alone
    # The square root of 1.2 is 1.095.
    ratio = (wide.high - wide.low) / (narrow.high - narrow.low)
    assert ratio == pytest.approx(1.095, abs=0.03)
