"""Whether source and target overlap enough for an answer, in numbers and in words."""

from dataclasses import dataclass

import numpy as np

from eval_predict.bis import combine
from eval_predict.bis.weights import Weights

_MAX_KHAT = 0.7  # arXiv:1507.02646
MIN_ESS = 30


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """Whether source and target overlap enough for an answer.

    Attributes:
        ess: effective number of source items behind the weighted mean.
        top_share: share of the weight on the heaviest 1% of source items.
        khat: tail of the weights; above 0.7 their mean is not to be trusted.
        overlap: twice the chance that covariates alone take a target item for a source item
            against a random source item: 1 where the two cannot be separated, 0 where always.
        contaminated: (source row, target row) of prompts that are in both.
        warnings: what of this should be known beside every estimate.
    """

    ess: float
    top_share: float
    khat: float
    overlap: float
    contaminated: tuple[tuple[int, int], ...]
    warnings: tuple[str, ...]


def diagnose(
    weights: Weights, area: float, same: list[tuple[int, int]], notes: tuple[str, ...]
) -> Diagnostics:
    """Judge weights, the separability `area`, and prompts that are the same; `notes` come first."""
    overlap = float(np.clip(2 * (1 - area), 0, 1))
    warnings = list(notes)
    if same:
        warnings.append(f"{len(same)} target prompts are in the source too: contamination")
    if area > combine.FAR:
        warnings.append(
            f"covariates tell target from source (overlap {overlap:.2f}): far from anything that "
            "was scored, so auto believes only the shift that splits of the source bear out"
        )
    if weights.khat > _MAX_KHAT:
        warnings.append(f"k̂ is {weights.khat:.2f}, above 0.7: do not trust the weighted mean")
    if weights.ess < MIN_ESS:
        warnings.append(f"only {weights.ess:.0f} source items carry the weighted mean")
    return Diagnostics(
        weights.ess, weights.top_share, weights.khat, overlap, tuple(same), tuple(warnings)
    )
