import numpy as np
import pytest

from eval_predict import UserError
from eval_predict.data.completeness import check_complete


def test_the_first_items_of_a_draw_are_a_smaller_draw() -> None:
    share, stage = np.full(6, 0.5), np.zeros(6, int)
    done = check_complete(share, stage, [2, 0, 1, 3, 5, 4], [8] * 6)
    np.testing.assert_allclose(done.probability_n, 0.5 * 6 / 8)
    assert done.findings[0].text == "the first 6 of 8 items of draw 0 were run"
    whole = check_complete(share, stage, range(6), [6] * 6)
    np.testing.assert_array_equal(whole.probability_n, share)
    assert whole.findings == ()


def test_other_rows_of_a_draw_may_not_be_missing() -> None:
    share = np.full(5, 0.5)
    with pytest.raises(UserError, match="1 of the 6 items of draw 0 are missing") as caught:
        check_complete(share, np.zeros(5, int), [0, 1, 2, 4, 5], [6] * 5)
    assert "drop" not in caught.value.fix
    with pytest.raises(UserError, match="1 of the 4 items of draw 0 are missing"):
        check_complete(share, np.array([0, 0, 0, 1, 1]), [0, 1, 2, 0, 1], [4, 4, 4, 2, 2])
    with pytest.raises(UserError, match="5 rows of draw 0, which had 3 items"):
        check_complete(share, np.zeros(5, int), [0, 1, 2, 0, 1], [3] * 5)
