import numpy as np
import pytest
from worlds import observed_on

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.predict.published.anchor_points import AnchorPointsPredictor, AnchorPointsWeighted

HISTORY = np.array(
    # Items 0-2 go together, 3-4 go together, 5 is solved by all.
    [[1, 1, 1, 0, 0, 1], [0, 0, 0, 1, 1, 1], [1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 1]],
    dtype=float,
)


def test_weights_are_shares_of_items_and_constants_are_shared_evenly():
    predictor = AnchorPointsWeighted().fit(ScoreMatrix.from_array(HISTORY))
    # By hand: (3 + 1/2) / 6 for the first anchor.
    assert predictor.predict(observed_on([0, 3], [1.0, 0.0])).value == pytest.approx(3.5 / 6)


def test_unseen_items_follow_the_line_from_their_anchor():
    predictor = AnchorPointsPredictor().fit(ScoreMatrix.from_array(HISTORY))
    # By hand: 1 and 2 copy 0, 4 copies 3, 5 is 1 for all.
    assert predictor.predict(observed_on([0, 3], [1.0, 0.0])).value == pytest.approx(4 / 6)


def test_a_line_may_fall():
    opposite = HISTORY.copy()
    opposite[:, 1] = 1 - opposite[:, 0]
    predictor = AnchorPointsPredictor().fit(ScoreMatrix.from_array(opposite))
    assert predictor.predict(observed_on([0, 3], [1.0, 0.0])).value == pytest.approx(3 / 6)
