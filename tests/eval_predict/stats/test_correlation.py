import numpy as np
import pytest

from eval_predict.stats.correlation import unit_columns


def test_products_are_correlations_and_constants_have_none():
    scores = np.random.default_rng(0).random((12, 5))
    scores[:, 2] = 0.5
    unit = unit_columns(scores)
    varied = [0, 1, 3, 4]
    expected = np.corrcoef(scores[:, varied], rowvar=False)
    assert (unit.T @ unit)[np.ix_(varied, varied)] == pytest.approx(expected, abs=1e-5)
    assert not (unit.T @ unit)[2].any()
