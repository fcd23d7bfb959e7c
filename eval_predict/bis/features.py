"""Covariates and embeddings, scaled over source and target together and joined."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.bis.prompts import Prompts

# Counts that say how long a prompt is: what most often tells a hard item within one benchmark.
SIZES = (
    "characters",
    "words",
    "distinct_words",
    "sentences",
    "lines",
    "numbers",
    "operators",
    "word_length",
)


# How much all covariates together weigh in the near regression, beside the sizes (1) and the
# embedding (0.5).
WIDE_SHARE = 0.3


class Features(NamedTuple):
    """The features of both benchmarks in one space.

    Attributes:
        ratio_SD, ratio_TD: all features, each with unit variance over the union: for densities
            and ratios.
        covariates_SC, covariates_TC: covariates alone, scaled alike.
        near_SF, near_TF: for a regression between benchmarks that overlap; a block's features
            share its weight, so that its penalty does not depend on how many they are.
        far_SF, far_TF: the same for benchmarks that hardly overlap.
    """

    ratio_SD: NDArray[np.float64]
    ratio_TD: NDArray[np.float64]
    covariates_SC: NDArray[np.float64]
    covariates_TC: NDArray[np.float64]
    near_SF: NDArray[np.float64]
    near_TF: NDArray[np.float64]
    far_SF: NDArray[np.float64]
    far_TF: NDArray[np.float64]


def join_features(source: Prompts, target: Prompts, components: int | None = 32) -> Features:
    """Scale and join what describes two benchmarks.

    Scales are the root mean of both benchmarks' variances and of the gap between their means, as
    if both had equally many items: a feature that is rare in the source and common in the target
    would otherwise be stretched to tens of standard deviations. For the regression, covariates of
    the target are kept inside the source's range, since nothing is known beyond it.

    Args:
        source: S prompts.
        target: T prompts.
        components: principal components of the embeddings, over both; None keeps all dimensions.
    """
    ratio_S, ratio_T = _scale(source.covariates_NC, target.covariates_NC)
    kept = _varies(source.covariates_NC, target.covariates_NC)
    sizes = np.isin(np.array(source.names)[kept], SIZES)
    clipped_T = np.clip(ratio_T, ratio_S.min(axis=0), ratio_S.max(axis=0))
    wide_S, wide_T = _shared(ratio_S), _shared(clipped_T)
    size_S, size_T = _shared(ratio_S[:, sizes]), _shared(clipped_T[:, sizes])
    embedded_S, embedded_T = _embedded(source, target, components)
    meaning_S, meaning_T = _scale(embedded_S, embedded_T)
    length = np.sqrt(np.square(embedded_S - embedded_S.mean(axis=0)).sum(axis=1).mean() or 1)
    vector_S, vector_T = (
        (part - embedded_S.mean(axis=0)) / length for part in (embedded_S, embedded_T)
    )
    return Features(
        np.hstack([ratio_S, meaning_S]),
        np.hstack([ratio_T, meaning_T]),
        ratio_S,
        ratio_T,
        np.hstack([size_S, WIDE_SHARE**0.5 * wide_S, 0.5**0.5 * vector_S]),
        np.hstack([size_T, WIDE_SHARE**0.5 * wide_T, 0.5**0.5 * vector_T]),
        np.hstack([wide_S, 0.5**0.5 * vector_S]),
        np.hstack([wide_T, 0.5**0.5 * vector_T]),
    )


def _varies(source_SC: NDArray[np.float64], target_TC: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(_spread(source_SC, target_TC) > 1e-9)


def _spread(source_SC: NDArray[np.float64], target_TC: NDArray[np.float64]) -> NDArray[np.float64]:
    gap_C = source_SC.mean(axis=0) - target_TC.mean(axis=0)
    square_C = (source_SC.var(axis=0) + target_TC.var(axis=0)) / 2 + gap_C**2 / 4
    return np.asarray(np.sqrt(square_C))


def _scale(
    source_SC: NDArray[np.float64], target_TC: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    spread_C = _spread(source_SC, target_TC)
    kept = spread_C > 1e-9
    centre_C = (source_SC.mean(axis=0) + target_TC.mean(axis=0)) / 2
    scaled = ((part - centre_C)[:, kept] / spread_C[kept] for part in (source_SC, target_TC))
    scaled_S, scaled_T = scaled
    return scaled_S, scaled_T


def _shared(block_NC: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(block_NC / np.sqrt(max(block_NC.shape[1], 1)))


def _embedded(
    source: Prompts, target: Prompts, components: int | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if source.embeddings_Nd is None or target.embeddings_Nd is None:
        return np.zeros((len(source.texts), 0)), np.zeros((len(target.texts), 0))
    union_Nd = np.concatenate([source.embeddings_Nd, target.embeddings_Nd]).astype(np.float64)
    S = len(source.texts)
    if components is None or components >= min(union_Nd.shape):
        return union_Nd[:S], union_Nd[S:]
    from sklearn.decomposition import PCA

    union_NP = PCA(components, svd_solver="covariance_eigh").fit_transform(union_Nd)
    return union_NP[:S], union_NP[S:]
