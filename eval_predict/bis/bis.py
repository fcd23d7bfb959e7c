"""`BIS`: a benchmark's score from its prompts alone, given another benchmark's scores."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eval_predict.bis import combine
from eval_predict.bis.calibration import shift_share
from eval_predict.bis.diagnostics import MIN_ESS, diagnose
from eval_predict.bis.encoder import SentenceEncoder
from eval_predict.bis.features import Features, join_features
from eval_predict.bis.heldout import HeldOutEnds
from eval_predict.bis.labels import with_labels
from eval_predict.bis.prompts import Prompts, check_sizes, contamination
from eval_predict.bis.ratios import check_ratio, classifier_scores, log_ratio, separability
from eval_predict.bis.weights import Truncation, weigh
from eval_predict.errors import UserError, unknown_name
from eval_predict.stats.estimate import Estimate, mean_score
from eval_predict.stats.intervals import normal_quantile

_TELLS_APART = 0.1  # scikit-learn's C of the classifier on covariates that measures overlap


class ArrayBIS:
    """Fit on two benchmarks' prompts, then predict any number of models' scores on the target.

    It works on arrays; `eval_predict.BIS` adds scikit-learn's interface and items by name.

    Args:
        density: how ratios of densities are taken: iwae (the paper's), vae, gmm, rbm, flow,
            classifier, kmm.
        encoder: gives the prompts' vectors; None describes them by covariates alone.
        pca: principal components that are kept of the vectors; None keeps all dimensions.
        truncate: percentile above which weights are cut, or "psis".
        seeds: fits of the ratio that are averaged.
        seed: of every draw.
        samples: K of the importance-weighted autoencoder.
        force: go on with fewer than 50 source items.

    Source: arXiv:2508.01203; what it lacks (covariates, regression, interval) is said where it is.
    """

    def __init__(
        self,
        density: str = "classifier",
        encoder: SentenceEncoder | None = None,
        pca: int | None = 32,
        truncate: Truncation = 0.9,
        seeds: int = 1,
        seed: int = 0,
        samples: int = 10,
        force: bool = False,
    ) -> None:
        self.density = density
        self.encoder = encoder
        self.pca = pca
        self.truncate = truncate
        self.seeds = seeds
        self.seed = seed
        self.samples = samples
        self.force = force

    def fit(self, source: Sequence[str] | Prompts, target: Sequence[str] | Prompts) -> Self:
        """Learn how the target's prompts differ from the source's.

        Args:
            source: S prompts, or `Prompts` where there are more covariates than the surface ones.
            target: T prompts, likewise.

        Raises:
            UserError: (a ValueError) on an unknown density, empty prompts, fewer than 50 source
                items without `force`, fewer than 10 target items, and covariates that differ.
        """
        check_ratio(self.density)
        described = [
            part if isinstance(part, Prompts) else Prompts.describe(part, self.encoder, field=field)
            for field, part in (("source", source), ("target", target))
        ]
        notes = check_sizes(described[0], described[1], self.force)
        features = join_features(described[0], described[1], self.pca)
        ratios = [
            log_ratio(self.density, features.ratio_SD, features.ratio_TD, seed, self.samples)
            for seed in range(self.seed, self.seed + self.seeds)
        ]
        self.separability_ = _separability(features, self.seed)
        self.set_arrays(FitArrays(np.mean(ratios, axis=0), *features[-4:]))
        self.diagnostics_ = diagnose(
            self.weights_, self.separability_, contamination(*described), notes
        )
        self._prepared()
        return self

    def predict(
        self,
        scores_S: ArrayLike,
        method: str = "auto",
        level: float = 0.9,
        target_scores_T: ArrayLike | None = None,
    ) -> Estimate:
        """One model's mean score on the target, from its scores on the source.

        Args:
            scores_S: (S,) scores in the order of the source's prompts, NaN where it was not run.
            method: auto, source_mean, weighted, direct or doubly_robust.
            level: coverage of the interval, in (0, 1).
            target_scores_T: (T,) scores on the target's items that were run, NaN elsewhere.

        Raises:
            UserError: (a ValueError) on an unknown method, a wrong number of scores, infinite
                scores, and a model without any score.
        """
        labels = None if target_scores_T is None else np.asarray(target_scores_T, float)[None]
        return self.predict_many(np.asarray(scores_S, float)[None], method, level, labels)[0]

    def predict_many(
        self,
        scores_MS: ArrayLike,
        method: str = "auto",
        level: float = 0.9,
        target_scores_MT: ArrayLike | None = None,
    ) -> list[Estimate]:
        """Predict for M models, which share the choice of the regression's penalty.

        One model alone has too few items to choose it well.
        """
        scores_MS = _check_scores("scores", scores_MS, (None, self.log_ratio_S_.size))
        result = self.result(scores_MS, method)
        level = _check_level(level)
        variance_M = self._variance(result, scores_MS, method)
        value_M = result.value_M
        seen_M = np.zeros(len(value_M), np.intp)
        if target_scores_MT is not None:
            shape = (len(value_M), len(result.predicted_TM))
            labels_MT = _check_scores("target_scores", target_scores_MT, shape)
            value_M, variance_M = with_labels(result, variance_M, labels_MT)
            seen_M = (~np.isnan(labels_MT)).sum(axis=1)
        reach_M = normal_quantile(level) * np.sqrt(variance_M)
        label = self.density if method == "weighted" else method
        warnings = (*self.diagnostics_.warnings, *result.warnings)
        estimates = [
            _estimate(scores_S, value, reach, level, label, int(seen), warnings)
            for scores_S, value, reach, seen in zip(
                scores_MS, value_M, reach_M, seen_M, strict=True
            )
        ]
        return [_with_width(estimate, self.weights_.ess) for estimate in estimates]

    def result(self, scores_MS: NDArray[np.float64], method: str = "auto") -> combine.Result:
        """A method's estimates for M models, before the interval.

        `auto` is the direct method, drawn to the source mean by as much as splits of the source
        ask for, or the doubly robust one where those splits disagree (`combine.auto`).

        Raises:
            UserError: (a ValueError) on an unknown method.
        """
        scores_SM = scores_MS.T
        if method == "auto":
            return combine.auto(*self._prepared(), scores_SM, self.smoothed_S_, self.is_far_)
        regression = self._regression("near")
        if method == "source_mean":
            return combine.source_mean(regression, scores_SM)
        if method == "direct":
            return combine.direct(regression, scores_SM)
        weight_S = self.weights_.weight_S
        if method == "weighted":
            return combine.weighted(regression, scores_SM, weight_S)
        if method == "doubly_robust":
            return combine.doubly_robust(regression, scores_SM, weight_S)
        raise unknown_name("method", method, combine.METHODS)

    @property
    def is_far_(self) -> bool:
        """Whether covariates alone separate source and target, or hardly any item has weight."""
        return self.separability_ > combine.FAR or self.weights_.ess < MIN_ESS

    def set_arrays(self, arrays: "FitArrays") -> None:
        """Take what a fit has learnt; everything else follows from it."""
        self.arrays_ = arrays
        self.log_ratio_S_ = arrays.log_ratio_S
        self.weights_ = weigh(arrays.log_ratio_S, self.truncate)
        self.smoothed_S_ = weigh(arrays.log_ratio_S, "psis").weight_S
        self._regressions: dict[str, combine.Regression] = {}
        self._ends: HeldOutEnds | None = None

    def _regression(self, which: str) -> combine.Regression:
        if which not in self._regressions:
            a = self.arrays_
            parts = (a.near_SF, a.near_TF) if which == "near" else (a.far_SF, a.far_TF)
            self._regressions[which] = combine.Regression(*parts, self.seed)
        return self._regressions[which]

    def _prepared(self) -> tuple[combine.Regression, HeldOutEnds]:
        """The parts of `auto` that do not depend on the scores, made once."""
        which = "far" if self.is_far_ else "near"
        regression = self._regression(which)
        if self._ends is None:
            features_SF = self.arrays_.far_SF if self.is_far_ else self.arrays_.near_SF
            self._ends = HeldOutEnds(features_SF, self.log_ratio_S_, self.seed)
        return regression, self._ends

    def _variance(
        self, result: combine.Result, scores_MS: NDArray[np.float64], method: str
    ) -> NDArray[np.float64]:
        """The variance due to source items, target items, and what no feature explains.

        The first is a bootstrap over source items. Each sample has its own means, self-normalised
        weights and ridge coefficients, the last from its own Gram matrix. They share what is
        expensive: the ratio, the ridge's penalty, and how much of a shift `auto` believes.
        """
        share = shift_share(method, self.separability_)
        spread_M = np.nanvar(scores_MS, axis=1)
        of_target_M = result.error_M / len(result.predicted_TM)
        return np.asarray(result.variance_M + of_target_M + share**2 * spread_M)


@dataclass(frozen=True, slots=True, eq=False)
class FitArrays:
    """The state of a fit, as arrays."""

    log_ratio_S: NDArray[np.float64]
    near_SF: NDArray[np.float64]
    near_TF: NDArray[np.float64]
    far_SF: NDArray[np.float64]
    far_TF: NDArray[np.float64]


def _separability(features: Features, seed: int) -> float:
    if not features.covariates_SC.shape[1]:
        return 0.5
    return separability(
        *classifier_scores(features.covariates_SC, features.covariates_TC, seed, _TELLS_APART)
    )


def _estimate(
    scores_S: NDArray[np.float64],
    value: float,
    reach: float,
    level: float,
    method: str,
    seen: int,
    warnings: tuple[str, ...],
) -> Estimate:
    observed_S = scores_S[~np.isnan(scores_S)]
    if observed_S.size < scores_S.size:
        warnings += (f"{scores_S.size - observed_S.size} source items have no score",)
    if (observed_S == observed_S[0]).all():
        warnings += ("all source scores are the same: nothing to learn from",)
    low, high = float(value - reach), float(value + reach)
    if observed_S.min() >= 0 and observed_S.max() <= 1:
        value, low, high = (float(np.clip(number, 0, 1)) for number in (value, low, high))
    else:
        warnings += ("scores outside [0, 1]: the estimate is not kept inside",)
    return Estimate(float(value), low, high, level, method, observed_S.size + seen, warnings)


def _with_width(estimate: Estimate, ess: float) -> Estimate:
    """All right, or all wrong, still leaves room for what so few items would not have shown."""
    if estimate.low < estimate.high or estimate.value not in (0.0, 1.0):
        return estimate
    seen = mean_score(np.full(max(round(ess), 1), estimate.value), estimate.level)
    return replace(estimate, low=seen.low, high=seen.high)


def _check_level(level: float) -> float:
    if 0 < level < 1:
        return level
    raise UserError(field="level", got=level, expected="a number between 0 and 1, such as 0.9")


def _check_scores(
    field: str, scores: ArrayLike, shape: tuple[int | None, int]
) -> NDArray[np.float64]:
    scores_MN = np.asarray(scores, np.float64)
    wanted = (shape[0] or (scores_MN.shape or (0,))[0], shape[1])
    if scores_MN.shape != wanted or not len(scores_MN):
        raise UserError(
            field=field,
            got=f"shape {scores_MN.shape}",
            expected=f"({shape[0] or 'models'}, {shape[1]}), one score for each prompt",
        )
    if np.isinf(scores_MN).any():
        raise UserError(field=field, got="infinite scores", expected="finite ones, or NaN")
    empty = np.isnan(scores_MN).all(axis=1)
    if field == "scores" and empty.any():
        raise UserError(
            field=field, got=f"{empty.sum()} models without any score", expected="some for each"
        )
    return scores_MN
