"""The score on prompts without answers, estimated from labelled test items (BIS)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from eval_predict.errors import UserError
from eval_predict.stats.estimate import Estimate

if TYPE_CHECKING:
    from eval_predict.bis.encoder import SentenceEncoder

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TargetForecast:
    """A forecast for prompts without answers.

    Attributes:
        score: the mean over them.
        gain_over_base: over the base model; None where that was not run.
        items: the prompts.
    """

    score: Estimate
    gain_over_base: Estimate | None
    items: int

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """Read it from its part of a forecast's JSON file."""
        gain = fields["gain_over_base"]
        return cls(
            Estimate.from_dict(fields["score"]),
            Estimate.from_dict(gain) if gain else None,
            fields["items"],
        )


def target_forecast(
    test_prompts: Sequence[str],
    scores_n: Floats,
    base_n: Floats | None,
    target_prompts: Sequence[str],
    *,
    level: float,
    seed: int,
) -> TargetForecast:
    """A new model's mean score on T prompts without answers, and its gain over the base there.

    Args:
        test_prompts: n labelled test items that the model was run on.
        scores_n: (n,) its scores on them.
        base_n: (n,) the base model's on the same items, NaN where it was not run, or None.
        target_prompts: T prompts.
        level: coverage of the intervals.
        seed: of every draw.

    Source: arXiv:2508.01203, with what `eval_predict.bis` adds to it.
    """
    from eval_predict.bis.bis import ArrayBIS
    from eval_predict.bis.prompts import Prompts

    fit = ArrayBIS(seed=seed, seeds=3, force=True)
    encoder, notes = _encoder(test_prompts, target_prompts)
    source, target = (Prompts.describe(t, encoder) for t in (test_prompts, target_prompts))
    fit.fit(source, target)
    score = fit.predict(scores_n, level=level)
    gain = None
    if base_n is not None and np.isfinite(base_n).any():
        gain = fit.predict(scores_n - base_n, level=level)
    score = replace(score, method=f"bis_{score.method}", warnings=(*notes, *score.warnings))
    return TargetForecast(
        score, replace(gain, method=score.method) if gain else None, len(target_prompts)
    )


def _encoder(*texts: Sequence[str]) -> tuple["SentenceEncoder | None", tuple[str, ...]]:
    """The encoder, or None where it cannot be loaded: surface features are used then."""
    from eval_predict.bis.encoder import SentenceEncoder, default_cache

    encoder = SentenceEncoder(cache=default_cache())
    try:
        for part in texts:
            encoder.encode(part)
    except UserError as error:
        return None, (f"prompts compared without embeddings ({error.got})",)
    return encoder, ()
