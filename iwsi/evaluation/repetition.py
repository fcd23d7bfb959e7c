"""How much the texts of one question repeat one another: distinct n-grams and self-BLEU."""

import math
from collections import Counter
from collections.abc import Sequence

ORDER = 4  # longest n-grams of BLEU
SMOOTHED = 0.1  # matches of an order that has none, so that one such order is not all

Gram = tuple[str, ...]


def distinct_ngrams(texts: Sequence[str], n: int) -> float | None:
    """Different n-grams of words over all n-grams of some texts; None where there are none.

    Source: Li et al. 2016, arXiv:1510.03055 (distinct-n).
    """
    grams = [gram for text in texts for gram in _ngrams(text.split(), n)]
    return len(set(grams)) / len(grams) if grams else None


def self_bleu(texts: Sequence[str]) -> float | None:
    """Mean BLEU of each text against all others, in [0, 1]; 1 where all are alike.

    Orders up to 4, or the text's words where it has fewer; an order without a match counts 0.1
    matches. None where fewer than two texts have words.

    Source: Zhu et al. 2018, arXiv:1802.01886; Chen & Cherry 2014, WMT, smoothing method 1.
    """
    words = [found for text in texts if (found := text.split())]
    if len(words) < 2:
        return None
    counts = [[Counter(_ngrams(text, n)) for text in words] for n in range(1, ORDER + 1)]
    highest = [_two_highest(of_order) for of_order in counts]
    lengths = [len(text) for text in words]
    scores = []
    for i, length in enumerate(lengths):
        logs = []
        for n in range(min(ORDER, length)):
            grams = counts[n][i]
            matched = sum(
                min(count, _most_of_others(highest[n][gram], count))
                for gram, count in grams.items()
            )
            logs.append(math.log((matched or SMOOTHED) / grams.total()))
        nearest = min(
            (other for j, other in enumerate(lengths) if j != i),
            key=lambda other: (abs(other - length), other),
        )
        brevity = min(0.0, 1 - nearest / length)
        scores.append(math.exp(brevity + sum(logs) / len(logs)))
    return sum(scores) / len(scores)


def _ngrams(words: Sequence[str], n: int) -> list[Gram]:
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]


def _two_highest(counts: Sequence["Counter[Gram]"]) -> dict[Gram, tuple[int, int]]:
    """The two highest counts of each n-gram in one text."""
    highest: dict[Gram, tuple[int, int]] = {}
    for of_text in counts:
        for gram, count in of_text.items():
            first, second = highest.get(gram, (0, 0))
            highest[gram] = (count, first) if count > first else (first, max(second, count))
    return highest


def _most_of_others(highest: tuple[int, int], count: int) -> int:
    """The highest count among the other texts, given one text's count."""
    first, second = highest
    return second if count == first else first
