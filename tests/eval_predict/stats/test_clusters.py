import numpy as np
import pytest

from eval_predict.errors import UserError
from eval_predict.stats.clusters import clustered_variance


def test_pairs_of_equal_items_count_as_one_item_each():
    """Four clusters of two equal values: the variance is that of the four values alone."""
    values = np.repeat([0.0, 1.0, 0.0, 1.0], 2)
    found = clustered_variance(values, np.repeat(range(4), 2))
    assert found.variance == pytest.approx(np.var([0, 1, 0, 1], ddof=1) / 4)
    assert (found.count, found.freedom) == (4, 3)


def test_clusters_never_make_a_mean_surer_than_independent_items():
    values = np.tile([0.0, 1.0], 4)  # one of each in every cluster
    found = clustered_variance(values, np.repeat(range(4), 2))
    assert found.design_effect == 1
    assert found.variance == pytest.approx(np.var(values, ddof=1) / 8)


def test_one_cluster_and_another_number_of_labels_are_refused():
    with pytest.raises(UserError, match="one cluster"):
        clustered_variance(np.zeros(3), [1, 1, 1])
    with pytest.raises(UserError, match="2 labels"):
        clustered_variance(np.zeros(3), [1, 2])
