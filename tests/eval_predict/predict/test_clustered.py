import numpy as np
import pytest

from eval_predict import METHODS, Observed, ScoreMatrix, Selection, UserError
from eval_predict.predict.clustered import with_clusters

PASSAGES, SIZE = 60, 6
N = PASSAGES * SIZE
LABELS = np.repeat(np.arange(PASSAGES), SIZE)


def _world(seed: int) -> tuple[ScoreMatrix, np.ndarray]:
    """Models that read some passages better than others, each model other ones."""
    rng = np.random.default_rng(seed)
    logit_MG = rng.normal(0, 1, (26, 1)) + rng.normal(0, 1.2, (26, PASSAGES))
    logit_MN = np.repeat(logit_MG, SIZE, axis=1) + rng.normal(0, 1, N)
    scores_MN = (rng.random((26, N)) < 1 / (1 + np.exp(-logit_MN))) * 1.0
    return ScoreMatrix.from_array(scores_MN[:25]), scores_MN[25]


def _whole_passages(truth_N: np.ndarray, seed: int) -> Observed:
    drawn = np.random.default_rng(seed).permutation(PASSAGES)[:15]
    items = np.flatnonzero(np.isin(LABELS, drawn))
    return Observed.of(
        Selection(items[None], np.full((1, items.size), items.size / N)), truth_N[None]
    )


@pytest.mark.parametrize("name", ["random_sampling", "aipw"])
def test_targets_run_by_whole_passages_are_covered(name: str) -> None:
    alone = clustered = 0
    for seed in range(150):
        history, truth_N = _world(seed)
        observed = _whole_passages(truth_N, seed)
        estimate = METHODS[name].predictor().fit(history).predict(observed)
        wide = with_clusters(estimate, observed, LABELS, history.mean_N)
        assert wide.value == estimate.value
        alone += estimate.low <= truth_N.mean() <= estimate.high
        clustered += wide.low <= truth_N.mean() <= wide.high
    assert alone / 150 < 0.88
    assert clustered / 150 > 0.91  # 0.95 less two standard errors of 150 draws


def test_items_from_as_many_clusters_keep_their_interval() -> None:
    history, truth_N = _world(0)
    items = np.arange(0, N, SIZE)
    observed = Observed.of(Selection(items[None], np.full((1, PASSAGES), 1 / SIZE)), truth_N[None])
    estimate = METHODS["aipw"].predictor().fit(history).predict(observed)
    wide = with_clusters(estimate, observed, LABELS, history.mean_N)
    # Student's t of 59 degrees of freedom is 2.001 where the normal's is 1.960.
    assert wide.high - wide.low == pytest.approx((estimate.high - estimate.low) * 1.0209, rel=1e-3)


def test_one_cluster_says_nothing_and_all_items_say_all() -> None:
    history, truth_N = _world(1)
    predictor = METHODS["random_sampling"].predictor().fit(history)
    one = Observed.of(Selection(np.arange(6)[None], np.full((1, 6), 6 / N)), truth_N[None])
    with pytest.raises(UserError, match="clusters: one cluster"):
        with_clusters(predictor.predict(one), one, LABELS, history.mean_N)
    whole = Observed.of(Selection(np.arange(N)[None], np.ones((1, N))), truth_N[None])
    exact = predictor.predict(whole)
    assert with_clusters(exact, whole, LABELS, history.mean_N) == exact
