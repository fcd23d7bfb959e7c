"""Features of each test item that need neither its label nor the new model."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eval_predict.gain.inputs import ItemFeatures
from eval_predict.stats.ridge import ridge_by_loo

Floats = NDArray[np.float64]

MIN_QUESTIONS = 30  # with a vote share, at least, to fit a regression
_ALPHAS = (1.0, 10.0, 100.0, 1000.0)


def item_features(
    prompts: Sequence[str],
    base_logprob_N: Floats | None,
    base_tokens_N: Floats | None,
    train_prompts: Sequence[str],
    vote_share_Q: Floats,
) -> ItemFeatures:
    """Features of N test items.

    Args:
        prompts: N test prompts.
        base_logprob_N: (N,) of the base model's greedy answer, summed over its tokens, nats;
            None where the base was not run on all items.
        base_tokens_N: (N,) tokens of that answer, or None.
        train_prompts: Q training questions' prompts.
        vote_share_Q: (Q,) share of the majority among their candidates, NaN where none answered.

    Returns:
        `base_logprob` (mean per token), `base_tokens` (log), `vote_share` (predicted for the test
        prompts from the training questions', which need no label either), as far as given.
    """
    columns: dict[str, Floats] = {}
    if base_logprob_N is not None and base_tokens_N is not None:
        tokens_N = np.maximum(base_tokens_N, 1)
        columns["base_logprob"] = base_logprob_N / tokens_N
        columns["base_tokens"] = np.log(tokens_N)
    voted_Q = np.isfinite(vote_share_Q)
    if voted_Q.sum() >= MIN_QUESTIONS and np.ptp(vote_share_Q[voted_Q]) > 0:
        voted = [prompt for prompt, ok in zip(train_prompts, voted_Q, strict=True) if ok]
        columns["vote_share"] = _predicted(voted, vote_share_Q[voted_Q], prompts)
    values_NF = np.column_stack([*columns.values(), np.empty((len(prompts), 0))])
    return ItemFeatures(tuple(columns), values_NF)


def _predicted(train: Sequence[str], share_Q: Floats, test: Sequence[str]) -> Floats:
    """Predictions for `test` by a ridge regression on surface features, fitted on `train`."""
    from eval_predict.bis.covariates import surface_covariates

    values_QC, values_NC = surface_covariates(train)[1], surface_covariates(test)[1]
    mean_C, spread_C = values_QC.mean(axis=0), values_QC.std(axis=0)
    varies_C = spread_C > 0
    scaled_QC, scaled_NC = (
        ((values - mean_C) / np.where(varies_C, spread_C, 1))[:, varies_C]
        for values in (values_QC, values_NC)
    )
    ridge = ridge_by_loo(scaled_QC[None], share_Q, _ALPHAS)
    predicted_N: Floats = np.clip(ridge.intercept_B[0] + scaled_NC @ ridge.weight_Bn[0], 0, 1)
    return predicted_N
