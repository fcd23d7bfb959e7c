"""A few target labels: never worse than their plain mean beyond noise, better than either."""

import numpy as np
import pytest

from eval_predict.bis.combine import Result
from eval_predict.bis.labels import with_labels


def _trial(rng, n, off, T=400, models=400):
    """Estimates off by a normal error of that size, and n labels of each model."""
    probability_T = np.clip(rng.normal(0.6, 0.2, T), 0.05, 0.95)
    scores_MT = (rng.random((models, T)) < probability_T).astype(float)
    truth_M = scores_MT.mean(axis=1)
    value_M = truth_M + rng.normal(0, off, models)
    labels_MT = np.full((models, T), np.nan)
    for m in range(models):
        rows = rng.permutation(T)[:n]
        labels_MT[m, rows] = scores_MT[m, rows]
    predicted_TM = np.repeat(probability_T[:, None], models, axis=1)
    predicted_TM += value_M - predicted_TM.mean(axis=0)
    result = Result(value_M, np.zeros(models), np.full(models, 0.22), predicted_TM)
    return result, labels_MT, truth_M


@pytest.mark.parametrize("n", [20, 50])
def test_both_together_beat_either(n):
    result, labels_MT, truth_M = _trial(np.random.default_rng(n), n, 0.08)
    both_M = with_labels(result, np.full(400, 0.08**2), labels_MT).value_M
    error = [np.abs(v - truth_M).mean() for v in (both_M, result.value_M, np.nanmean(labels_MT, 1))]
    assert error[0] < min(error[1:])


def test_few_labels_are_much_better_with_the_prompts():
    result, labels_MT, truth_M = _trial(np.random.default_rng(2), 5, 0.08)
    both_M = with_labels(result, np.full(400, 0.08**2), labels_MT).value_M
    plain = np.abs(np.nanmean(labels_MT, axis=1) - truth_M).mean()
    assert np.abs(both_M - truth_M).mean() < 0.6 * plain


@pytest.mark.parametrize("n", [3, 10, 50])
def test_a_prompt_estimate_that_is_far_off_hardly_hurts(n):
    result, labels_MT, truth_M = _trial(np.random.default_rng(n), n, 0.3)
    # The estimate claims to be five times as sure as it is.
    both_M = with_labels(result, np.full(400, 0.06**2), labels_MT).value_M
    plain = np.abs(np.nanmean(labels_MT, axis=1) - truth_M).mean()
    assert np.abs(both_M - truth_M).mean() < 1.15 * plain


def test_no_labels_change_nothing_and_all_labels_are_exact():
    result, labels_MT, truth_M = _trial(np.random.default_rng(0), 400, 0.1)
    labels_MT[0] = np.nan
    labelled = with_labels(result, np.full(400, 0.01), labels_MT)
    assert labelled.value_M[0] == result.value_M[0]
    np.testing.assert_allclose(labelled.value_M[1:], truth_M[1:])
    np.testing.assert_allclose(labelled.variance_M[1:], 0, atol=1e-12)


def test_intervals_with_labels_hold_the_truth():
    result, labels_MT, truth_M = _trial(np.random.default_rng(1), 20, 0.08)
    labelled = with_labels(result, np.full(400, 0.08**2), labels_MT)
    held_M = np.abs(labelled.value_M - truth_M) < 1.645 * np.sqrt(labelled.variance_M)
    assert held_M.mean() == pytest.approx(0.9, abs=0.06)
