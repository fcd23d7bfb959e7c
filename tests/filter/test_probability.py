import json

import numpy as np
import pytest

from iwsi.filter.probability import VoteProbability, fit_probability, largest_precise
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


def test_with_rows_that_show_no_difference_it_is_the_vote_share_and_says_so():
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


def labelled(seed, count):
    """Votes whose answer says how often they are right: "a" 95%, "b" 45%."""
    rng = np.random.default_rng(seed)
    answers = rng.choice(["a", "b"], count)
    right = rng.random(count) < np.where(answers == "a", 0.95, 0.45)
    share = 0.6 + 0.1 * right + rng.normal(0, 0.15, count)
    return {"vote_share": share}, right, answers.tolist()


def test_where_few_answers_are_possible_the_one_that_won_counts():
    scores, right, answers = labelled(0, 100)
    found = fit_probability(scores, right, np.random.default_rng(0), answers)
    assert found.answers == ("a", "b")
    assert found.shift_A[0] > found.shift_A[1]
    assert "the answer that won" in found.sentence
    scores, right, answers = labelled(1, 5000)
    gained = auc(found.predict(scores, answers), right) - auc(scores["vote_share"], right)
    assert gained > 0.1


def test_an_answer_that_no_labelled_row_had_adds_nothing():
    scores, right, answers = labelled(2, 100)
    found = fit_probability(scores, right, np.random.default_rng(0), answers)
    found_c = found.predict({"vote_share": np.full(3, 0.7)}, ["a", "b", "c"])
    assert found_c[1] < found_c[2] < found_c[0]


@pytest.mark.parametrize(("count", "kinds"), [(60, 2), (100, 40)])
def test_with_few_rows_or_many_answers_the_answer_does_not_count(count, kinds):
    scores, right, answers = labelled(3, count)
    numbered = [f"{answer}{i % (kinds // 2)}" for i, answer in enumerate(answers)]
    found = fit_probability(scores, right, np.random.default_rng(0), numbered)
    assert found.answers == ()


def test_what_was_fitted_survives_json():
    scores, right, answers = labelled(4, 100)
    found = fit_probability(scores, right, np.random.default_rng(0), answers)
    again = VoteProbability.from_dict(json.loads(json.dumps(found.to_dict())))
    expected = found.predict(scores, answers)
    np.testing.assert_allclose(again.predict(scores, answers), expected)
    before = {k: v for k, v in found.to_dict().items() if k not in ("answers", "shift_A")}
    assert VoteProbability.from_dict(before).answers == ()  # of an earlier version
