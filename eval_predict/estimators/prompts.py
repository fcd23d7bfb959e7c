"""`BIS` with scikit-learn's interface: prompts and scores by item name."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator

from eval_predict.bis import bis
from eval_predict.bis.encoder import SentenceEncoder
from eval_predict.bis.prompts import Prompts
from eval_predict.bis.weights import Truncation
from eval_predict.data.frames import is_series, named_scores, names_of
from eval_predict.errors import UserError
from eval_predict.estimators.errors import NotFittedError
from eval_predict.estimators.scoring import check_random_state
from eval_predict.stats.estimate import Estimate


class BIS(BaseEstimator, bis.ArrayBIS):  # type: ignore[misc]  # scikit-learn has no types
    """A benchmark's score from its prompts alone, given another benchmark's scores.

    Args:
        density: how ratios of densities are taken: iwae (the paper's), vae, gmm, rbm, flow,
            classifier, kmm.
        encoder: gives the prompts' vectors; None describes them by covariates alone.
        pca: principal components that are kept of the vectors; None keeps all dimensions.
        truncate: percentile above which weights are cut, or "psis".
        seeds: fits of the ratio that are averaged.
        random_state: seed of every draw.
        samples: K of the importance-weighted autoencoder.
        force: go on with fewer than 50 source items.

    Source: arXiv:2508.01203.
    """

    def __init__(
        self,
        *,
        density: str = "classifier",
        encoder: SentenceEncoder | None = None,
        pca: int | None = 32,
        truncate: Truncation = 0.9,
        seeds: int = 1,
        random_state: int = 0,
        samples: int = 10,
        force: bool = False,
    ) -> None:
        self.density = density
        self.encoder = encoder
        self.pca = pca
        self.truncate = truncate
        self.seeds = seeds
        self.random_state = random_state
        self.samples = samples
        self.force = force

    @property
    def seed(self) -> int:  # type: ignore[override]  # an attribute of the base class
        """`random_state`, by the name that the array-level class has for it."""
        return int(self.random_state)

    def fit(self, source: "Sequence[str] | Prompts", target: "Sequence[str] | Prompts") -> Self:
        """Learn how the target's prompts differ from the source's.

        Args:
            source: S prompts: a series by item name, a list, or `Prompts`.
            target: T prompts, likewise.

        Raises:
            UserError: (a ValueError) on an unknown density, empty prompts, and too few items.
        """
        check_random_state(self.random_state)
        self.source_items_ = _names("source", source)
        self.target_items_ = _names("target", target)
        return super().fit(_texts(source), _texts(target))

    def predict(
        self,
        scores: ArrayLike,
        method: str = "auto",
        level: float = 0.9,
        target_scores: ArrayLike | None = None,
    ) -> Estimate:
        """One model's mean score on the target, from its scores on the source.

        Args:
            scores: on the source's items: by item name where the prompts had names (a series or
                a dict, matched by name), else S scores in their order, NaN where not run.
            method: auto, source_mean, weighted, direct or doubly_robust.
            level: coverage of the interval, in (0, 1).
            target_scores: on the target's items that were run, likewise.

        Raises:
            UserError: (a ValueError) on unknown names, and as `predict_many`.
        """
        if not hasattr(self, "arrays_"):
            raise NotFittedError(
                got="BIS is not fitted", fix="Call fit(source, target) with their prompts first."
            )
        few = None
        if target_scores is not None:
            few = _in_order("target_scores", target_scores, self.target_items_)
        return super().predict(_in_order("scores", scores, self.source_items_), method, level, few)


def _names(field: str, prompts: Any) -> tuple[str, ...] | None:
    return names_of(field, prompts.index) if is_series(prompts) else None


def _texts(prompts: Any) -> Any:
    return [str(text) for text in prompts.tolist()] if is_series(prompts) else prompts


def _in_order(field: str, scores: Any, items: tuple[str, ...] | None) -> NDArray[np.float64]:
    """Scores in the order of the prompts, NaN where there is none."""
    by_name = isinstance(scores, dict) or is_series(scores)
    if by_name != (items is not None):
        raise UserError(
            field=field,
            got="scores by name" if by_name else "scores without item names",
            expected="scores by position, as the prompts came" if by_name else "scores by name",
            fix="Give prompts and scores as pandas Series by item name.",
        )
    if items is None:
        return np.asarray(scores, np.float64)
    named = named_scores(scores)
    place = {name: position for position, name in enumerate(items)}
    unknown = [name for name in named.names if name not in place]
    if unknown:
        raise UserError(
            field=field,
            got=f'{len(unknown)} unknown items (first: "{unknown[0]}")',
            expected="items that have a prompt",
        )
    scores_N = np.full(len(items), np.nan)
    scores_N[[place[name] for name in named.names]] = named.scores
    return scores_N
