"""The score on prompts without answers, estimated from labelled test items (BIS)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval_predict.errors import UserError

Floats = NDArray[np.float64]


def target_forecast(
    test_prompts: Sequence[str],
    scores_n: Floats,
    base_n: Floats | None,
    target_prompts: Sequence[str],
    *,
    level: float,
    seed: int,
) -> dict[str, Any]:
    """A new model's mean score on T prompts without answers, and its gain over the base there.

    Args:
        test_prompts: n labelled test items that the model was run on.
        scores_n: (n,) its scores on them.
        base_n: (n,) the base model's on the same items, NaN where it was not run, or None.
        target_prompts: T prompts.
        level: coverage of the intervals.
        seed: of every draw.

    Returns:
        `score` and `gain_over_base` (or None) as JSON takes them, and `items`.

    Source: arXiv:2508.01203, with what `eval_predict.bis` adds to it.
    """
    from eval_predict.bis.bis import BIS
    from eval_predict.bis.prompts import Prompts

    fit = BIS(seed=seed, seeds=3, force=True)
    encoder, notes = _encoder(test_prompts, target_prompts)
    source, target = (Prompts.describe(t, encoder) for t in (test_prompts, target_prompts))
    fit.fit(source, target)
    score = fit.predict(scores_n, level=level)
    gain = None
    if base_n is not None and np.isfinite(base_n).any():
        gain = fit.predict(scores_n - base_n, level=level)
    score = replace(score, method=f"bis_{score.method}", warnings=(*notes, *score.warnings))
    return {
        "score": score.to_dict(),
        "gain_over_base": replace(gain, method=score.method).to_dict() if gain else None,
        "items": len(target_prompts),
    }


def _encoder(*texts: Sequence[str]) -> tuple[Any, tuple[str, ...]]:
    """The encoder, or None where it cannot be loaded: surface features are used then."""
    from eval_predict.bis.encoder import SentenceEncoder, default_cache

    encoder = SentenceEncoder(cache=default_cache())
    try:
        for part in texts:
            encoder.encode(part)
    except UserError as error:
        return None, (f"prompts compared without embeddings ({error.got})",)
    return encoder, ()
