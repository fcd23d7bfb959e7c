import gc
import weakref

import numpy as np
import pytest
from worlds import factor_world, rasch_world

from eval_predict import ScoreMatrix
from eval_predict.irt.item_bank import HistoryModel


def test_one_matrix_has_one_model_and_an_equal_one_another() -> None:
    matrix = rasch_world()
    model = HistoryModel.of(matrix)
    assert HistoryModel.of(matrix) is model
    equal = ScoreMatrix(matrix.models, matrix.items, matrix.stored_MN.copy())
    assert HistoryModel.of(equal) is not model
    np.testing.assert_array_equal(HistoryModel.of(equal).free_.bias_N_, model.free_.bias_N_)


def test_another_history_has_another_model_even_in_the_first_ones_place() -> None:
    abilities = []
    for seed in range(5):
        # Each matrix dies before the next is made, which may then stand at the same address.
        matrix = rasch_world(seed=seed)
        model = HistoryModel.of(matrix)
        np.testing.assert_allclose(model.mean_M_, matrix.mean_M)
        abilities.append(model.mean_M_)
        del matrix, model
    assert len({tuple(mean_M) for mean_M in abilities}) == 5


def test_a_model_is_forgotten_with_its_history() -> None:
    matrix = rasch_world()
    model = weakref.ref(HistoryModel.of(matrix))
    assert model() is not None
    del matrix
    gc.collect()
    assert model() is None


def test_other_ranges_are_brought_into_0_to_1_and_back() -> None:
    scores_MN = rasch_world().dense_MN() * 30 - 10
    model = HistoryModel().fit(ScoreMatrix.from_array(scores_MN))
    assert (model.scores_MN_.min(), model.scores_MN_.max()) == pytest.approx((0, 1))
    np.testing.assert_allclose(model.scaled(np.array([-10.0, 20.0])), [0, 1])
    np.testing.assert_allclose(model.unscaled(model.scaled(scores_MN)), scores_MN, atol=1e-5)
    assert model.unscaled(np.array([np.inf]))[0] == np.inf
    # Within [0, 1] nothing is stretched.
    half = HistoryModel().fit(ScoreMatrix.from_array(rasch_world().dense_MN() * 0.5))
    assert (half.low_, half.span_) == (0, 1)


def test_models_that_differ_by_chance_alone_do_not_differ() -> None:
    scores_MN = (np.random.default_rng(0).random((40, 200)) < 0.25) * 1.0
    model = HistoryModel().fit(ScoreMatrix.from_array(scores_MN))
    assert not model.differs_
    assert HistoryModel().fit(rasch_world(items=200)).differs_


def test_a_large_history_is_thinned_evenly() -> None:
    ability_M = np.random.default_rng(0).normal(size=900)
    matrix = ScoreMatrix.from_array(factor_world(ability_M, 30).scores_MN)
    model = HistoryModel().fit(matrix)
    assert model.scores_MN_.shape == (500, 30)
    at = np.linspace(0, 1, 11)
    np.testing.assert_allclose(
        np.quantile(model.mean_M_, at), np.quantile(matrix.mean_M, at), atol=0.02
    )


def test_missing_scores_do_not_pull_the_fit() -> None:
    whole_MN = rasch_world(60, 200).dense_MN()
    holes_MN = whole_MN.copy()
    holes_MN[np.random.default_rng(1).random(holes_MN.shape) < 0.2] = np.nan
    whole, holes = (HistoryModel().fit(ScoreMatrix.from_array(x)) for x in (whole_MN, holes_MN))
    found = np.corrcoef(whole.free_.bias_N_, holes.free_.bias_N_)[0, 1]
    assert found > 0.95
    assert np.isfinite(holes.scores_MN_).all()
