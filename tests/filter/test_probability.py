import numpy as np
import pytest

from iwsi.filter.probability import fit_probability, largest_precise
from iwsi.filter.ranking import auc


def rows(seed, count, *, loss_tells=True, share_tells=True):
    """Votes whose shares and losses tell right from wrong, each with noise of its own."""
    rng = np.random.default_rng(seed)
    right = rng.random(count) < 0.7
    share = 0.5 + 0.15 * right * share_tells + rng.normal(0, 0.15, count)
    loss = np.exp(-2 - 1.5 * right * loss_tells + rng.normal(0, 0.7, count))
    noise = rng.normal(0, 1, count)
    scores = {"vote_share": share, "entropy": noise, "low_loss": -loss}
    return scores, right


def fitted(seed, count, **options):
    scores, right = rows(seed, count, **options)
    return fit_probability(scores, right, np.random.default_rng(seed))


def test_more_scores_are_used_where_rows_show_that_they_help():
    found = fitted(0, 200)
    scores, right = rows(1000, 5000)
    assert len(found.features) > 1
    assert auc(found.predict(scores), right) > auc(scores["vote_share"], right) + 0.05


def test_with_rows_that_cannot_tell_it_is_the_vote_share_and_says_so():
    found = fitted(1, 50, loss_tells=False)
    assert found.features == ("vote_share",)
    assert "cannot tell" in found.sentence
    scores, right = rows(1001, 1000, loss_tells=False)
    assert auc(found.predict(scores), right) == pytest.approx(auc(scores["vote_share"], right))


def test_with_fifty_rows_it_is_in_the_mean_never_worse_than_the_vote_share():
    differences = []
    for seed in range(12):
        found = fitted(seed, 50, loss_tells=seed % 2 == 0)
        scores, right = rows(2000 + seed, 2000, loss_tells=seed % 2 == 0)
        gained = auc(found.predict(scores), right) - auc(scores["vote_share"], right)
        differences.append(gained)
    assert np.mean(differences) > 0
    assert min(differences) > -0.05


@pytest.mark.parametrize("seed", range(3))
def test_probabilities_are_calibrated(seed):
    found = fitted(seed, 300)
    scores, right = rows(3000 + seed, 20_000)
    probability = found.predict(scores)
    for low, high in ((0.0, 0.4), (0.4, 0.8), (0.8, 1.0)):
        in_bin = (probability >= low) & (probability < high)
        # Fitted on 300 rows the log odds are off by a few tenths.
        assert right[in_bin].mean() == pytest.approx(probability[in_bin].mean(), abs=0.12)


def test_a_loss_that_prefers_wrong_answers_is_used_the_other_way_round():
    scores, right = rows(5, 300)
    turned = scores | {"low_loss": -1 / np.maximum(-scores["low_loss"], 1e-9) / 100}
    found = fit_probability(turned, right, np.random.default_rng(0))
    assert found.slope_F[found.features.index("low_loss")] < 0
    assert found.auc > found.baseline_auc


def test_too_few_wrong_votes_leave_the_vote_share():
    scores, right = rows(6, 60)
    right[:] = True
    right[:3] = False
    found = fit_probability(scores, right, np.random.default_rng(0))
    assert found.features == ("vote_share",)
    assert "nothing else can be fitted" in found.sentence


def test_a_larger_share_is_never_less_likely_right():
    scores, right = rows(7, 60)
    turned = {"vote_share": -scores["vote_share"]}
    found = fit_probability(turned, right, np.random.default_rng(0))
    low, high = found.predict({"vote_share": np.array([0.2, 0.9])})
    assert low < high


def test_what_is_kept_reaches_the_precision_together():
    probability = np.array([0.9, 0.5, 0.8, 0.7, np.nan])
    # Means of the best 1, 2, 3, 4: .9, .85, .8, .725.
    assert largest_precise(probability, 0.8) == 3
    assert largest_precise(probability, 0.95) == 0
    assert largest_precise(probability, 0.1) == 4
