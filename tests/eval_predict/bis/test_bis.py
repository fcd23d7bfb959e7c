"""BIS as a whole: it beats the source's mean where it can, and says so where it cannot."""

import numpy as np
import pytest
from bis_worlds import made_prompts, made_scores

from eval_predict.bis.bis import ArrayBIS
from eval_predict.bis.combine import METHODS
from eval_predict.bis.prompts import Prompts
from eval_predict.errors import UserError


@pytest.fixture(scope="module")
def world():
    """Short prompts as the source, longer ones as the target, and scores on both."""
    rng = np.random.default_rng(0)
    source, target = made_prompts(rng, 400, 2.5), made_prompts(rng, 300, 4)
    target = [text.replace("Tom", "Ann") for text in target]
    scores = made_scores(rng, source + target, 20, slope=1.2)
    return source, target, scores[:, :400], scores[:, 400:]


def test_every_method_but_the_source_mean_follows_the_shift(world):
    source, target, scores_MS, truth_MT = world
    bis = ArrayBIS().fit(source, target)
    error = {}
    for method in METHODS:
        values = [estimate.value for estimate in bis.predict_many(scores_MS, method)]
        error[method] = np.abs(np.array(values) - truth_MT.mean(axis=1)).mean()
    assert error["auto"] < 0.6 * error["source_mean"]
    assert error["direct"] < 0.5 * error["source_mean"]
    assert error["doubly_robust"] < 0.5 * error["source_mean"]
    assert error["weighted"] < 0.75 * error["source_mean"]


def test_intervals_hold_the_truth():
    held = []
    for seed in range(4):
        rng = np.random.default_rng([seed, 7])
        source, target = made_prompts(rng, 300, 2.5), made_prompts(rng, 200, 4)
        scores = made_scores(rng, source + target, 20)
        estimates = ArrayBIS(seed=seed).fit(source, target).predict_many(scores[:, :300], level=0.9)
        truth_M = scores[:, 300:].mean(axis=1)
        held += [e.low <= t <= e.high for e, t in zip(estimates, truth_M, strict=True)]
    assert np.mean(held) >= 0.85


def test_estimate_gets_nearer_as_the_square_root_of_the_items():
    # The mean of x under N(½, 1), from N(0, 1) with the exact log ratio ½x − ⅛.
    from eval_predict.bis.weights import weigh

    rng = np.random.default_rng(1)
    off = {}
    for size in (200, 3200):
        x_RS = rng.normal(size=(200, size))
        values = [weigh(x_S / 2, 1.0).weight_S @ x_S for x_S in x_RS]
        off[size] = np.sqrt(np.mean(np.square(np.array(values) - 0.5)))
    # Sixteen times the items: a quarter of the error.
    assert off[200] / off[3200] == pytest.approx(4, rel=0.25)


@pytest.mark.parametrize("method", METHODS)
def test_order_of_the_source_does_not_matter(world, method):
    source, target, scores_MS, _ = world
    order = np.random.default_rng(3).permutation(len(source))
    bis = ArrayBIS().fit(source, target)
    # The classifier's folds are drawn by position, so its ratio is turned with the items.
    turned = ArrayBIS().fit([source[row] for row in order], target)
    turned.set_arrays(
        type(turned.arrays_)(
            bis.log_ratio_S_[order],
            turned.arrays_.near_SF,
            turned.arrays_.near_TF,
            turned.arrays_.far_SF,
            turned.arrays_.far_TF,
        )
    )
    once = [e.value for e in bis.predict_many(scores_MS, method)]
    again = [e.value for e in turned.predict_many(scores_MS[:, order], method)]
    np.testing.assert_allclose(again, once, atol=1e-8)


def test_same_seed_same_estimate(world):
    source, target, scores_MS, _ = world
    first, second = (ArrayBIS(seed=4, seeds=2).fit(source, target) for _ in range(2))
    assert first.predict_many(scores_MS) == second.predict_many(scores_MS)


def test_missing_scores_are_left_out(world):
    source, target, scores_MS, _ = world
    holes_MS = scores_MS.copy()
    holes_MS[0, :40] = np.nan
    bis = ArrayBIS().fit(source, target)
    for method in METHODS:
        whole, part = bis.predict_many(scores_MS, method)[0], bis.predict_many(holes_MS, method)[0]
        assert part.value == pytest.approx(whole.value, abs=0.08)
        assert part.n_observed == 360
        assert "40 source items have no score" in part.warnings


def test_far_target_is_drawn_to_the_source_mean_with_a_warning():
    rng = np.random.default_rng(5)
    source = made_prompts(rng, 200)
    target = [f"def f_{row}(x):\n    '''{text}'''" for row, text in enumerate(source[:100])]
    scores_MS = made_scores(rng, source, 4)
    bis = ArrayBIS().fit(source, target)
    assert bis.is_far_
    estimate = bis.predict_many(scores_MS)[0]
    assert any("far from anything" in warning for warning in estimate.warnings)
    assert estimate.high - estimate.low > 0.3


def test_duplicates_are_listed():
    rng = np.random.default_rng(6)
    source = made_prompts(rng, 80)
    target = [*[text.replace("Tom", "Ann") for text in source], f"  {source[7].upper()}\n"]
    bis = ArrayBIS().fit(source, target)
    assert bis.diagnostics_.contaminated == ((7, 80),)
    assert "contamination" in bis.diagnostics_.warnings[0]


def test_prompts_that_are_all_alike_give_the_source_mean():
    source, target = ["How many are left?"] * 60, ["How many are left? "] * 20
    score_S = np.arange(60) % 3 / 2
    for method in METHODS:
        assert ArrayBIS().fit(source, target).predict(score_S, method).value == pytest.approx(0.5)


def test_few_source_items_are_refused_unless_forced():
    rng = np.random.default_rng(7)
    source, target = made_prompts(rng, 30), made_prompts(rng, 30, 5)
    with pytest.raises(UserError, match=r"at least 50.*force"):
        ArrayBIS().fit(source, target)
    estimate = ArrayBIS(force=True).fit(source, target).predict(made_scores(rng, source)[0])
    assert "30 source items" in estimate.warnings[0]


def test_bad_scores_are_named(world):
    source, target, scores_MS, _ = world
    bis = ArrayBIS().fit(source, target)
    with pytest.raises(UserError, match=r"shape \(1, 10\)"):
        bis.predict(scores_MS[0, :10])
    with pytest.raises(UserError, match="infinite"):
        bis.predict(np.full(400, np.inf))
    with pytest.raises(UserError, match="without any score"):
        bis.predict(np.full(400, np.nan))
    with pytest.raises(UserError, match='Did you mean "direct"'):
        bis.predict(scores_MS[0], "dirct")
    same = bis.predict(np.ones(400))
    assert same.value == pytest.approx(1)
    assert any("all source scores are the same" in warning for warning in same.warnings)
    assert 0.9 < same.low < same.high == 1  # Wilson's bound of no mistake among a few hundred
    wide = bis.predict(100 * scores_MS[0])
    assert any("outside [0, 1]" in warning for warning in wide.warnings)
    assert wide.value == pytest.approx(100 * bis.predict(scores_MS[0]).value, rel=1e-6)


def test_further_covariates_are_used():
    rng = np.random.default_rng(8)
    source, target = made_prompts(rng, 300), made_prompts(rng, 300)
    loss_S, loss_T = rng.normal(0, 1, 300), rng.normal(1, 1, 300)
    probability_S, probability_T = 1 / (1 + np.exp(2 * loss_S)), 1 / (1 + np.exp(2 * loss_T))
    scores_MS = (rng.random((10, 300)) < probability_S).astype(float)
    fit = ArrayBIS().fit(
        Prompts.describe(source, more={"loss": loss_S}),
        Prompts.describe(target, more={"loss": loss_T}),
    )
    values = [estimate.value for estimate in fit.predict_many(scores_MS)]
    assert np.mean(values) == pytest.approx(probability_T.mean(), abs=0.06)
    with pytest.raises(UserError, match="only one side has loss"):
        ArrayBIS().fit(Prompts.describe(source, more={"loss": loss_S}), target)


@pytest.mark.parametrize("density", ["classifier", "gmm", "kmm", "rbm"])
def test_identity_check(density):
    # A random fifth is no shift: the error stays within the noise of both means.
    rng = np.random.default_rng(9)
    prompts = made_prompts(rng, 500)
    scores = made_scores(rng, prompts, 8)
    bis = ArrayBIS(density).fit(prompts[:400], prompts[400:])
    values = np.array([e.value for e in bis.predict_many(scores[:, :400], "weighted")])
    noise_M = np.sqrt(scores.var(axis=1) * (1 / 100 + 1 / 300))
    assert (np.abs(values - scores[:, 400:].mean(axis=1)) < 3 * noise_M).all()


def test_a_step_in_difficulty_with_length_is_covered_with_a_warning():
    """A ridge is no step: it covers nothing there, and the doubly robust estimate does."""
    inside, warned = [], []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        prompts = made_prompts(rng, 900)
        length_N = np.array([len(text) for text in prompts])
        rank_N = np.argsort(np.argsort(length_N)) / len(prompts)
        target_N = rng.random(len(prompts)) < 1 / (1 + np.exp(6 * (0.5 - rank_N)))
        probability_N = np.where(rank_N < 0.5, 0.9, 0.2)
        scores_MN = (rng.random((6, len(prompts))) < probability_N).astype(float)
        source, target = (
            [text for text, there in zip(prompts, target_N, strict=True) if there == side]
            for side in (False, True)
        )
        fit = ArrayBIS(seed=seed).fit(source, target)
        truth_M = scores_MN[:, target_N].mean(axis=1)
        for estimate, truth in zip(fit.predict_many(scores_MN[:, ~target_N]), truth_M, strict=True):
            inside.append(estimate.low <= truth <= estimate.high)
            warned.append(any("disagree" in line for line in estimate.warnings))
    assert np.mean(inside) >= 0.85
    assert np.mean(warned) == 1
