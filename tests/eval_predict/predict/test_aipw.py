import itertools

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict import aipw
from eval_predict.predict.aipw import AIPWPredictor
from eval_predict.predict.published.aipw import PublishedAIPW
from eval_predict.stats.ridge import leave_one_out


def _world(models, items, targets, seed=0):
    rng = np.random.default_rng(seed)
    ability, ease = rng.normal(size=(models + targets, 1)), rng.normal(0, 2, items)
    scores = (rng.random((models + targets, items)) < 1 / (1 + np.exp(-ability - ease))) * 1.0
    return ScoreMatrix.from_array(scores[:models]), scores[models:]


def _draws(target, draws_Dn):
    scores_Dn = target[draws_Dn]
    share = np.full(draws_Dn.shape, draws_Dn.shape[1] / len(target))
    return Observed(draws_Dn, scores_Dn, share, np.zeros(draws_Dn.shape[1], int))


def test_closed_form_is_what_refitting_without_each_item_gives():
    rng = np.random.default_rng(0)
    features, scores, point = rng.random((15, 6)), rng.random((2, 15)), rng.random(6)
    left_out, at_point = leave_one_out(features, scores, point, alpha=10)
    for i, t in itertools.product(range(15), range(2)):
        others = np.arange(15) != i
        ridge = Ridge(alpha=10).fit(features[others], scores[t, others])
        assert left_out[t, i] == pytest.approx(ridge.predict(features[[i]])[0])
        assert at_point[t, i] == pytest.approx(ridge.predict(point[None])[0])


def test_every_sample_taken_once_averages_to_the_truth(monkeypatch):
    # The correction's expectation is zero for any fixed share of it: all 210 samples of 4 in 10.
    monkeypatch.setattr(aipw, "_best_weight", lambda scores, _: np.ones((len(scores), 1)))
    history, target = _world(8, 10, 1, seed=3)
    draws = np.array(list(itertools.combinations(range(10), 4)))
    predictor = AIPWPredictor().fit(history)
    value = predictor._predict(_draws(target[0], draws), 0.95).value_T
    assert len(value) == 210
    assert value.mean() == pytest.approx(target[0].mean())


def test_interval_covers_and_is_shorter_than_that_of_the_mean():
    history, target = _world(60, 300, 40)
    rng = np.random.default_rng(1)
    inside, width, errors, plain_errors = [], [], [], []
    for scores in target:
        draws = np.array([rng.choice(300, 50, replace=False) for _ in range(10)])
        for number, estimate in enumerate(
            AIPWPredictor().fit(history).predict_many(_draws(scores, draws))
        ):
            inside.append(estimate.low <= scores.mean() <= estimate.high)
            width.append(estimate.high - estimate.low)
            errors.append(estimate.value - scores.mean())
            plain_errors.append(scores[draws[number]].mean() - scores.mean())
    assert 0.92 <= np.mean(inside) <= 0.98
    assert np.std(errors) < 0.97 * np.std(plain_errors)


def test_a_spotless_sample_does_not_make_certain():
    history, _ = _world(10, 100, 1)
    observed = _draws(np.ones(100), np.arange(30)[None])
    estimate = AIPWPredictor().fit(history).predict(observed)
    # Wilson's lower bound of 30 of 30 is 0.886; the quantile of t and the part of the whole that
    # was seen move it.
    assert estimate.value == 1
    assert 0.88 < estimate.low < 0.93
    assert estimate.high == 1


def test_published_behaviour_is_a_ridge_s_mean_over_the_items_not_seen():
    history, target = _world(12, 60, 2)
    items = np.arange(0, 60, 3)
    rest = np.setdiff1d(np.arange(60), items)
    observed = _draws(target[0], items[None])
    scores_MN = history.dense_MN()
    ridge = Ridge(alpha=10).fit(scores_MN[:, items].T, target[0, items])
    estimate = PublishedAIPW().fit(history).predict(observed)
    assert estimate.value == pytest.approx(ridge.predict(scores_MN[:, rest].T).mean())
    assert np.isinf(estimate.high)
