import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError as SklearnNotFittedError

from eval_predict import BIS, UserError
from eval_predict.bis import bis as arrays

RNG = np.random.default_rng(0)
LENGTH = RNG.integers(1, 30, 100)
PROMPTS = pd.Series(
    [f"Add {'1 + ' * length}1." for length in LENGTH], index=[f"p{place}" for place in range(100)]
)
SOURCE, TARGET = PROMPTS[:70], PROMPTS[70:]
SCORES = pd.Series((RNG.random(70) < 1 - LENGTH[:70] / 40) * 1.0, index=SOURCE.index)


def test_it_has_the_manners_of_scikit_learn() -> None:
    bis = BIS(pca=8, random_state=3)
    assert isinstance(bis, BaseEstimator)
    assert clone(bis).get_params() == bis.get_params()
    assert repr(bis) == "BIS(pca=8, random_state=3)"
    with pytest.raises(SklearnNotFittedError, match="BIS is not fitted"):
        bis.predict(SCORES)
    with pytest.raises(UserError, match="random_state: 'a'"):
        BIS(random_state="a").fit(SOURCE, TARGET)


def test_scores_find_their_prompts_by_name() -> None:
    bis = BIS(random_state=2).fit(SOURCE, TARGET)
    expected = (
        arrays.ArrayBIS(seed=2).fit(SOURCE.tolist(), TARGET.tolist()).predict(SCORES.to_numpy())
    )
    assert bis.predict(SCORES) == expected
    assert bis.predict(SCORES.sample(frac=1, random_state=0)) == expected
    assert bis.predict(SCORES.to_dict()) == expected
    few = pd.Series({"p75": 1.0, "p99": 0.0})
    assert bis.predict(SCORES, target_scores=few).n_observed == 72


def test_scores_that_cannot_be_placed_are_refused() -> None:
    named = BIS().fit(SOURCE, TARGET)
    with pytest.raises(UserError, match="scores without item names"):
        named.predict(SCORES.to_numpy())
    with pytest.raises(UserError, match="1 unknown items"):
        named.predict({"p80": 1.0, "p2": 0.0})
    plain = BIS().fit(SOURCE.tolist(), TARGET.tolist())
    with pytest.raises(UserError, match="scores by name; expected scores by position"):
        plain.predict(SCORES)
