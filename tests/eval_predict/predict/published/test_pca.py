import numpy as np
import pytest
from sklearn.decomposition import PCA

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.published.pca import PCAImputation


def test_values_are_those_of_refitting_an_exact_pca_each_round():
    rng = np.random.default_rng(0)
    scores = (rng.random((30, 40)) < rng.random((30, 1))).astype(float)
    items = np.broadcast_to(np.arange(12), (5, 12))
    missing = np.zeros((30, 40), dtype=bool)
    missing[25:, 12:] = True
    filled = np.where(missing, np.nan, scores)
    filled = np.where(missing, np.nanmean(filled, axis=0), scores)
    for _ in range(100):
        pca = PCA(2, svd_solver="full").fit(filled)
        rebuilt = pca.inverse_transform(pca.transform(filled))
        if np.linalg.norm((rebuilt - filled)[missing]) < 1e-4:
            break
        filled[missing] = rebuilt[missing]
    observed = Observed(items, scores[25:, :12], np.full((5, 12), 0.3), np.zeros(12, int))
    estimates = PCAImputation().fit(ScoreMatrix.from_array(scores[:25])).predict_many(observed)
    expected = np.clip(filled[25:].mean(axis=1), 0, 1)
    assert [estimate.value for estimate in estimates] == pytest.approx(expected, abs=5e-3)
