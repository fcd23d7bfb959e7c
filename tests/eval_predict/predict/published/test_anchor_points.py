import numpy as np
import pytest

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.predict.published.anchor_points import AnchorPointsPredictor, AnchorPointsWeighted

HISTORY = np.array(
    # Items 0-2 go together, 3-4 go together, 5 is solved by all.
    [[1, 1, 1, 0, 0, 1], [0, 0, 0, 1, 1, 1], [1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 1]],
    dtype=float,
)


def _observed(items, scores):
    return Observed(
        np.array([items]), np.array([scores]), np.full((1, len(items)), np.nan), np.zeros(2, int)
    )


def test_weights_are_shares_of_items_and_constants_are_shared_evenly():
    predictor = AnchorPointsWeighted().fit(ScoreMatrix.from_array(HISTORY))
    # By hand: (3 + 1/2) / 6 for the first anchor.
    assert predictor.predict(_observed([0, 3], [1.0, 0.0])).value == pytest.approx(3.5 / 6)


def test_unseen_items_follow_the_line_from_their_anchor():
    predictor = AnchorPointsPredictor().fit(ScoreMatrix.from_array(HISTORY))
    # By hand: 1 and 2 copy 0, 4 copies 3, 5 is 1 for all.
    assert predictor.predict(_observed([0, 3], [1.0, 0.0])).value == pytest.approx(4 / 6)


def test_a_line_may_fall():
    opposite = HISTORY.copy()
    opposite[:, 1] = 1 - opposite[:, 0]
    predictor = AnchorPointsPredictor().fit(ScoreMatrix.from_array(opposite))
    assert predictor.predict(_observed([0, 3], [1.0, 0.0])).value == pytest.approx(3 / 6)
