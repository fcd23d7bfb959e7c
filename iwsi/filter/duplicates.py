"""Near-duplicates among the answers to one question."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from iwsi.filter.select import rank_within

GRAM = 5  # characters
_SPACES = re.compile(r"\s\s+")
_BLOCK = 4096  # texts compared at once; their n-grams stay in the processor's cache
# Odd numbers drawn at random, so that two n-grams hardly ever become one number.
_FACTORS = np.random.default_rng(0).integers(2**64, size=GRAM + 1, dtype=np.uint64) | np.uint64(1)


def near_duplicates(
    question_N: npt.NDArray[np.int64], texts_N: Sequence[str], limit: float
) -> npt.NDArray[np.float64]:
    """The similarity of each of N texts to the most similar earlier text of its question.

    Alike is the Jaccard index of two texts' sets of character 5-grams, 1 for equal texts. A text
    is compared with those before it that are no near-duplicates themselves, so one of each group
    stays: those below `limit`. Texts are looked at some questions at a time.

    Source: Broder 1997, Compression and Complexity of Sequences (resemblance of shingles).

    Args:
        question_N: Which question each answers, shape (N,).
        texts_N: The texts.
        limit: From where on two are near-duplicates, in (0, 1].

    Returns:
        Shape (N,), in [0, 1]; 0 for the first of a question.
    """
    similarity_N = np.ones(len(texts_N))
    order = np.argsort(question_N, kind="stable")
    for begin, end in _blocks(question_N[order]):
        block = order[begin:end]
        texts = [texts_N[row] for row in block.tolist()]
        # Texts that are equal need no comparison: of each the first stands for all.
        first = _first_of_equals(question_N[block].tolist(), texts)
        rows = block[first]
        similarity_N[rows] = _to_earlier(
            question_N[rows], [_SPACES.sub(" ", texts[i]) for i in first], limit
        )
    return similarity_N


def _first_of_equals(questions: Sequence[int], texts: Sequence[str]) -> list[int]:
    """Where each question and text stand first, in that order."""
    pairs = zip(questions, texts, strict=True)
    first: dict[tuple[int, str], int] = {}
    for row, pair in enumerate(pairs):
        first.setdefault(pair, row)
    return list(first.values())


def _blocks(question_N: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Begin and end of stretches of whole questions, of about `_BLOCK` rows each."""
    begin, ends = 0, np.flatnonzero(np.diff(question_N, append=-1)) + 1
    for end in ends.tolist():
        if end - begin >= _BLOCK or end == len(question_N):
            yield begin, end
            begin = end


def _to_earlier(
    question_M: npt.NDArray[np.int64], texts_M: Sequence[str], limit: float
) -> npt.NDArray[np.float64]:
    """The likeness of M texts, whose questions stand together, to those kept before them."""
    from scipy.sparse import tril

    grams = _grams(question_M, texts_M)
    size_M = np.diff(grams.indptr)
    common = tril(grams @ grams.T, k=-1, format="coo")
    row_E, earlier_E = common.row, common.col
    likeness_E = common.data / (size_M[row_E] + size_M[earlier_E] - common.data)
    # A question's texts in turn, all questions at once: what is kept decides on what follows.
    place_M = rank_within(question_M)
    by_place = np.argsort(place_M[row_E], kind="stable")
    ends = np.cumsum(np.bincount(place_M[row_E], minlength=1))
    most_M, kept_M = np.zeros(len(texts_M)), np.ones(len(texts_M), bool)
    for begin, end in pairwise(ends.tolist()):
        turn = by_place[begin:end]
        np.maximum.at(most_M, row_E[turn], likeness_E[turn] * kept_M[earlier_E[turn]])
        kept_M[row_E[turn]] = most_M[row_E[turn]] < limit
    return most_M


def _grams(question_M: npt.NDArray[np.int64], texts_M: Sequence[str]) -> Any:
    """Which n-grams each text has: a sparse matrix of ones, a column for each of a question."""
    from scipy.sparse import csr_array

    joined = "".join(texts_M).encode("utf-32-le", "surrogatepass")
    letter_L = np.frombuffer(joined, np.uint32).astype(np.uint64)
    row_L = np.repeat(np.arange(len(texts_M)), [len(text) for text in texts_M])
    begins = max(len(letter_L) - GRAM + 1, 0)
    # A gram and its question as one number; overflow is meant.
    gram_L = question_M.astype(np.uint64)[row_L[:begins]] * _FACTORS[GRAM]
    for i in range(GRAM):
        gram_L += letter_L[i : begins + i] * _FACTORS[i]
    inside = row_L[:begins] == row_L[len(letter_L) - begins :]
    column = pa.array(gram_L[inside]).dictionary_encode()
    where = row_L[:begins][inside], column.indices.to_numpy()
    shape = len(texts_M), max(len(column.dictionary), 1)
    grams = csr_array((np.ones(len(where[0]), np.int32), where), shape=shape)
    grams.sum_duplicates()
    grams.data[:] = 1
    return grams
