"""Near-duplicates among the answers to one question."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

GRAM = 5  # characters
_FEATURES = 2**20


def near_duplicates(
    question_N: npt.NDArray[np.int64], texts_N: Sequence[str], limit: float
) -> npt.NDArray[np.float64]:
    """How alike each of N texts is to the one before it, of its question, that it is most like.

    Alike is the Jaccard index of two texts' sets of character 5-grams, 1 for equal texts. A text
    is compared with those before it that are no near-duplicates themselves, so one of each group
    stays: those below `limit`.

    Source: Broder 1997, Compression and Complexity of Sequences (resemblance of shingles).

    Args:
        question_N: Which question each answers, shape (N,).
        texts_N: The texts.
        limit: From where on two are near-duplicates, in (0, 1].

    Returns:
        Shape (N,), in [0, 1]; 0 for the first of a question.
    """
    similarity_N = np.zeros(len(texts_N))
    first = _first_of_equals(question_N, texts_N)
    similarity_N[first != np.arange(len(texts_N))] = 1.0
    rows = np.flatnonzero(similarity_N == 0)
    if not len(rows):
        return similarity_N
    rows = rows[np.argsort(question_N[rows], kind="stable")]
    grams = _grams([texts_N[row] for row in rows])
    ends = np.flatnonzero(np.diff(question_N[rows])) + 1
    for begin, end in zip([0, *ends], [*ends, len(rows)], strict=True):
        if end - begin > 1:
            similarity_N[rows[begin:end]] = _to_earlier(_jaccard(grams[begin:end]), limit)
    return similarity_N


def _first_of_equals(
    question_N: npt.NDArray[np.int64], texts_N: Sequence[str]
) -> npt.NDArray[np.int64]:
    """The row in which each row's question and text stand first."""
    seen: dict[tuple[int, str], int] = {}
    pairs = zip(question_N.tolist(), texts_N, strict=True)
    return np.array([seen.setdefault(pair, row) for row, pair in enumerate(pairs)], np.int64)


def _grams(texts: Sequence[str]) -> Any:
    """Which n-grams each text has: a sparse (N, features) matrix of ones."""
    from sklearn.feature_extraction.text import HashingVectorizer

    vectorizer = HashingVectorizer(
        analyzer="char",
        ngram_range=(GRAM, GRAM),
        n_features=_FEATURES,
        binary=True,
        norm=None,
        alternate_sign=False,
        lowercase=False,
    )
    return vectorizer.transform(texts)


def _jaccard(grams: Any) -> npt.NDArray[np.float64]:
    common_MM = np.asarray((grams @ grams.T).todense(), dtype=float)
    size_M = common_MM.diagonal()
    return np.asarray(common_MM / np.maximum(size_M[:, None] + size_M - common_MM, 1))


def _to_earlier(similarity_MM: npt.NDArray[np.float64], limit: float) -> npt.NDArray[np.float64]:
    most_M = np.zeros(len(similarity_MM))
    kept = [0]
    for row in range(1, len(most_M)):
        most_M[row] = similarity_MM[row, kept].max()
        if most_M[row] < limit:
            kept.append(row)
    return most_M
