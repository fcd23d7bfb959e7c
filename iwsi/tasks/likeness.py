"""Which questions are the same except for case and punctuation, and which are nearly the same."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

GRAM = 5  # characters, as the distinct filter compares candidates
_MOST_PAIRS = 400_000  # that are looked at: some seconds
NEAR = 0.8  # Jaccard index from which on two questions are near-duplicates

# Punctuation of several scripts; full-width marks are plain ones after NFKC.
_MARKS = re.compile(
    "[\"'`\u00b4\u2018-\u201f\u00ab\u00bb!?\u00a1\u00bf;\u3002\u3001\u2026]"
    "|(?<![0-9])[.,:]|[.,:](?![0-9])"
)
# Odd numbers drawn at random, so that two grams hardly ever become one number.
_FACTORS = np.random.default_rng(0).integers(2**64, size=GRAM, dtype=np.uint64) | np.uint64(1)
_SPACES = re.compile(r"\s+")
# A space between two words or numbers tells them apart; beside any other sign it has no meaning.
_LOOSE_SPACE = re.compile(r"(?<!\w) | (?!\w)")


class NearPair(NamedTuple):
    """Two rows whose texts are nearly the same, and their Jaccard index."""

    row: int
    other: int
    similarity: float


def normal_form(text: str) -> str:
    """A text without case, spaces and punctuation, which do not change a question.

    Signs of arithmetic, brackets, decimal points and the spaces between words stay. What consists
    of such marks alone stays as it is.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = _SPACES.sub(" ", _MARKS.sub(" ", plain)).strip()
    return _LOOSE_SPACE.sub("", plain) or text


def near_pairs(texts: Sequence[str], others: Sequence[str], limit: float = NEAR) -> list[NearPair]:
    """For each text the most similar of the others, where their Jaccard index reaches the limit.

    The index is that of the texts' sets of character 5-grams. Texts that are equal are no pair.
    Candidates for a pair share one of their rarest grams, which every pair above the limit does.

    Source: Bayardo, Ma and Srikant 2007, Scaling Up All Pairs Similarity Search (prefix filter).

    Args:
        texts: N texts.
        others: M texts to compare them with.
        limit: In (0, 1].
    """
    count_N = len(texts)
    row_E, gram_E = _grams([*texts, *others])
    size_R = np.bincount(row_E, minlength=count_N + len(others))
    row_P, gram_P = _prefixes(row_E, gram_E, size_R, limit)
    ends = np.cumsum(size_R)
    best: dict[int, NearPair] = {}
    for row, place in _sharing(row_P, gram_P, count_N):
        small, large = sorted((int(size_R[row]), int(size_R[count_N + place])))
        if small < limit * large or texts[row] == others[place]:
            continue
        left = gram_E[ends[row] - size_R[row] : ends[row]]
        at = count_N + place
        common = len(np.intersect1d(left, gram_E[ends[at] - size_R[at] : ends[at]], True))
        similarity = common / (small + large - common)
        if similarity >= limit and (row not in best or similarity > best[row].similarity):
            best[row] = NearPair(row, place, similarity)
    return [best[row] for row in sorted(best)]


def _grams(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The distinct grams of R texts as E entries, by row: its number and the gram's."""
    plain = [_SPACES.sub(" ", text) for text in texts]
    joined = "".join(plain).encode("utf-32-le", "surrogatepass")
    letter_L = np.frombuffer(joined, np.uint32).astype(np.uint64)
    row_L = np.repeat(np.arange(len(plain)), [len(text) for text in plain])
    begins = max(len(letter_L) - GRAM + 1, 0)
    gram_L = np.zeros(begins, np.uint64)
    for i in range(GRAM):  # overflow is meant
        gram_L += letter_L[i : begins + i] * _FACTORS[i]
    inside = row_L[:begins] == row_L[len(letter_L) - begins :]
    distinct, gram = np.unique(gram_L[inside], return_inverse=True)
    entries = np.unique(row_L[:begins][inside] * max(len(distinct), 1) + gram)
    return np.divmod(entries, max(len(distinct), 1))


def _prefixes(
    row_E: npt.NDArray[np.int64],
    gram_E: npt.NDArray[np.int64],
    size_R: npt.NDArray[np.int64],
    limit: float,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The rarest grams of each row, of which any row this similar has at least one."""
    times = np.bincount(gram_E)
    order = np.lexsort((gram_E, times[gram_E], row_E))
    row_E, gram_E = row_E[order], gram_E[order]
    place_E = np.arange(len(row_E)) - np.repeat(np.cumsum(size_R) - size_R, size_R)
    kept_E = place_E < (size_R - np.ceil(limit * size_R) + 1)[row_E]
    return row_E[kept_E], gram_E[kept_E]


def _sharing(
    row_P: npt.NDArray[np.int64], gram_P: npt.NDArray[np.int64], count_N: int
) -> list[Any]:
    """Pairs of one of the first N rows and one of the others that have a gram in common.

    Where rows are so alike that there are very many, only those of the first rows.
    """
    first = row_P < count_N
    order = np.argsort(gram_P[~first], kind="stable")
    gram_M, row_M = gram_P[~first][order], row_P[~first][order] - count_N
    begin = np.searchsorted(gram_M, gram_P[first], "left")
    times = np.searchsorted(gram_M, gram_P[first], "right") - begin
    times[np.cumsum(times) > _MOST_PAIRS] = 0
    row = np.repeat(row_P[first], times)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    pairs = np.stack([row, row_M[np.repeat(begin, times) + offset]], axis=1)
    return list(np.unique(pairs, axis=0).tolist())
