import numpy as np
import pytest
from worlds import observed_on

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.predict.published.double_optimize import DoubleOptimizeWeights


def test_items_weigh_as_much_as_the_others_that_are_like_them():
    """Six items: four copies of one, two of another. One of either is observed: 4/6 and 2/6."""
    rng = np.random.default_rng(0)
    kinds_M2 = rng.random((60, 2))
    history = ScoreMatrix.from_array(kinds_M2[:, [0, 0, 0, 0, 1, 1]])
    fitted = DoubleOptimizeWeights().fit(history)
    assert fitted.predict(observed_on([0, 4], [1, 0])).value == pytest.approx(4 / 6, abs=0.03)
    assert fitted.predict(observed_on([0, 4], [0, 1])).value == pytest.approx(2 / 6, abs=0.03)
