import numpy as np

from eval_predict.data.observed import Observed
from eval_predict.predict.published.item_sets import item_sets


def test_targets_with_the_same_items_in_any_order_come_together():
    items = np.array([[3, 1], [0, 2], [1, 3]])
    scores = np.array([[0.3, 0.1], [0.0, 0.2], [0.5, 0.6]])
    observed = Observed(items, scores, np.full((3, 2), np.nan), np.zeros(2, int))
    found = {tuple(part.items_n.tolist()): part for part in item_sets(observed)}
    assert set(found) == {(0, 2), (1, 3)}
    assert found[1, 3].rows_t.tolist() == [0, 2]
    assert found[1, 3].scores_tn.tolist() == [[0.1, 0.3], [0.5, 0.6]]
