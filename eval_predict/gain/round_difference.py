"""The difference of two rounds of which each was run on a part of the items."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from eval_predict.gain.round_estimate import RoundEstimate, pooled_variance
from eval_predict.irt.factor_model import Floats

_PRIOR_ITEMS = 5  # how many items' worth a residual correlation of 0 counts
_CORRELATION = (-0.5, 0.97)


@dataclass(frozen=True, slots=True)
class RoundDifference:
    """Two estimates of a new round's gain over an old one, as in `RoundEstimate`.

    Attributes:
        modelled: difference of the model's estimates.
        distance: from it to the difference of the doubly robust estimates.
        modelled_variance: of `modelled`'s error if the model is right.
        distance_variance: of `distance` if the model is right.
        robust_variance: of the doubly robust difference.
        scale: change of a score per logit, at the mean of both rounds.
        effective_size: the smaller of the two rounds' samples.
    """

    modelled: float
    distance: float
    modelled_variance: float
    distance_variance: float
    robust_variance: float
    scale: float
    effective_size: float

    @classmethod
    def of(cls, new: RoundEstimate, old: RoundEstimate, num_items: int) -> Self:
        """The difference; what both rounds' samples miss alike cancels on the shared items."""
        correlation = residual_correlation(new, old)
        drawn = min(new.items_n.size, old.items_n.size)
        overlap = np.intersect1d(new.items_n, old.items_n).size / drawn
        shared = 2 * correlation * overlap
        shared *= float(np.sqrt(new.modelled_variance * old.modelled_variance))
        pulls = new.robust_pull_n, old.robust_pull_n
        unseen = 1 - drawn / num_items
        least = unseen / drawn**2  # as if one item had changed, even where none was seen to
        pull_new_N, pull_old_N = (
            _on_all(new, pulls[0], num_items),
            _on_all(old, pulls[1], num_items),
        )
        error_N = pull_new_N * _on_all(new, new.error_n, num_items)
        error_N -= pull_old_N * _on_all(old, old.error_n, num_items)
        robust_variance = pooled_variance(
            float((error_N**2).sum()),
            _joint_variance(new, old, *pulls, correlation, num_items),
            drawn,
        )
        mean = (new.modelled + old.modelled) / 2
        return cls(
            modelled=new.modelled - old.modelled,
            distance=new.distance - old.distance,
            modelled_variance=max(new.modelled_variance + old.modelled_variance - shared, least),
            distance_variance=_joint_variance(
                new,
                old,
                new.robust_pull_n - new.modelled_pull_n,
                old.robust_pull_n - old.modelled_pull_n,
                correlation,
                num_items,
            ),
            robust_variance=max(unseen * robust_variance, least),
            scale=mean * (1 - mean),
            effective_size=min(new.effective_size, old.effective_size),
        )


def residual_correlation(new: RoundEstimate, old: RoundEstimate) -> float:
    """The correlation of two rounds' errors on the items that both ran, shrunk towards 0."""
    shared_n, in_new, in_old = np.intersect1d(new.items_n, old.items_n, return_indices=True)
    if not shared_n.size:
        return 0.0
    unit_new_n = new.error_n[in_new] / np.sqrt(np.maximum(new.variance_n[in_new], 0.01))
    unit_old_n = old.error_n[in_old] / np.sqrt(np.maximum(old.variance_n[in_old], 0.01))
    size = float(np.sqrt((unit_new_n**2).sum() * (unit_old_n**2).sum()))
    correlation = float((unit_new_n * unit_old_n).sum()) / max(size, 1e-9)
    return float(
        np.clip(correlation * shared_n.size / (shared_n.size + _PRIOR_ITEMS), *_CORRELATION)
    )


def _joint_variance(
    new: RoundEstimate,
    old: RoundEstimate,
    pull_new_n: Floats,
    pull_old_n: Floats,
    correlation: float,
    num_items: int,
) -> float:
    """Variance of Σ pull · error, new round less old round, if the model is right."""
    new_N = _on_all(new, pull_new_n * np.sqrt(new.variance_n), num_items)
    old_N = _on_all(old, pull_old_n * np.sqrt(old.variance_n), num_items)
    return float((new_N**2 + old_N**2 - 2 * correlation * new_N * old_N).sum())


def _on_all(estimate: RoundEstimate, value_n: Floats, num_items: int) -> Floats:
    value_N = np.zeros(num_items)
    value_N[estimate.items_n] = value_n
    return value_N
