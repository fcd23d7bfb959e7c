import numpy as np
import pandas as pd
import pytest
from gain_worlds import rounds_world
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError as SklearnNotFittedError

from eval_predict import Forecaster, UserError

ITEMS = [f"q{place}" for place in range(400)]
SCORES = pd.DataFrame(
    rounds_world([0.06, 0.05]), index=["round-0", "round-1", "round-2"], columns=ITEMS
)
BEFORE, NEW = SCORES.iloc[:2], SCORES.iloc[2]


def test_it_has_the_manners_of_scikit_learn() -> None:
    forecaster = Forecaster(level=0.8, random_state=4)
    assert isinstance(forecaster, BaseEstimator)
    assert clone(forecaster).get_params() == forecaster.get_params()
    assert repr(forecaster) == "Forecaster(level=0.8, random_state=4)"
    with pytest.raises(SklearnNotFittedError, match="Forecaster is not fitted"):
        forecaster.stages(20)
    with pytest.raises(UserError, match='Did you mean "paired_sample"'):
        Forecaster(method="paired_sampel").fit(BEFORE)
    with pytest.raises(UserError, match="random_state: -1"):
        Forecaster(random_state=-1).fit(BEFORE)


def test_a_new_round_is_forecast_from_the_items_that_it_asks_for() -> None:
    requested: list[str] = []

    def score_items(names: list[str]) -> pd.Series:
        requested.extend(names)
        return NEW[names].sort_index()

    forecast = Forecaster().fit(BEFORE).evaluate(score_items, 60)
    assert len(requested) == len(set(requested)) == 60
    assert forecast.score.low < NEW.mean() < forecast.score.high
    gain = NEW.mean() - BEFORE.iloc[1].mean()
    assert forecast.gain_over_previous.low < gain < forecast.gain_over_previous.high
    assert forecast == Forecaster().fit(BEFORE).evaluate(score_items, 60)


def test_rounds_and_history_are_matched_by_name() -> None:
    shuffled = SCORES.iloc[:, np.random.default_rng(0).permutation(400)]
    straight = Forecaster().fit(BEFORE, history=SCORES).inputs_
    mixed = Forecaster().fit(BEFORE, history=shuffled).inputs_
    np.testing.assert_array_equal(straight.history.dense_MN(), mixed.history.dense_MN())
    features = pd.DataFrame({"length": range(400)}, index=ITEMS[::-1])
    assert Forecaster().fit(BEFORE, features=features).inputs_.features.values_NF[0] == 399
    with pytest.raises(UserError, match="1 of 400 unknown"):
        Forecaster().fit(BEFORE, history=SCORES.drop(columns="q7"))
    with pytest.raises(UserError, match="1 more items than the rounds have"):
        Forecaster().fit(BEFORE.drop(columns="q9"), history=SCORES)


def test_a_round_that_was_run_in_part_is_an_even_draw() -> None:
    part = BEFORE.copy()
    part.loc["round-1", ITEMS[100:]] = np.nan
    _, previous = Forecaster().fit(part).inputs_.earlier
    assert previous.name == "round-1"
    assert previous.observed.shape == (1, 100)
    assert (previous.observed.probability_Tn == 0.25).all()


def test_scores_outside_0_and_1_are_refused() -> None:
    with pytest.raises(UserError, match=r"scores in \[0, 1\]"):
        Forecaster().fit(BEFORE).evaluate(lambda names: [100] * len(names), 20)
