"""Items that are probably one: the same text, or the same answers of all models."""

from collections import defaultdict

import numpy as np

from eval_predict.data.matrix import ScoreMatrix

_MIN_MODELS = 40  # with fewer, two items are often answered alike by chance
_RARER = 8  # at least so many models right, and wrong


def find_duplicates(matrix: ScoreMatrix) -> dict[int, tuple[int, ...]]:
    """Positions of each item's twins: equal prompts, or equal scores of at least 40 models.

    Prompts are compared without case, punctuation and spaces. Scores count as equal where all
    models have both items, at least eight are right and eight wrong, and none differs.
    """
    twins: dict[int, set[int]] = defaultdict(set)
    for group in (*_same_text(matrix), *_same_scores(matrix)):
        for item in group:
            twins[item] |= set(group) - {item}
    return {item: tuple(sorted(others)) for item, others in twins.items()}


def _same_text(matrix: ScoreMatrix) -> list[list[int]]:
    if matrix.metadata is None or "prompt" not in matrix.metadata.column_names:
        return []
    groups: dict[str, list[int]] = defaultdict(list)
    for position, prompt in enumerate(matrix.metadata["prompt"].to_pylist()):
        if isinstance(prompt, str):
            key = "".join(letter for letter in prompt.casefold() if letter.isalnum())
            if key:
                groups[key].append(position)
    return [group for group in groups.values() if len(group) > 1]


def _same_scores(matrix: ScoreMatrix) -> list[list[int]]:
    M = matrix.shape[0]
    if M < _MIN_MODELS or not matrix.is_binary:
        return []
    groups: dict[bytes, list[int]] = defaultdict(list)
    right_N = (matrix.stored_MN == 1).sum(axis=0)
    whole_N = ~matrix.missing_MN.any(axis=0)
    telling_N = whole_N & (right_N >= _RARER) & (right_N <= M - _RARER)
    for position in np.flatnonzero(telling_N):
        groups[np.ascontiguousarray(matrix.stored_MN[:, position]).tobytes()].append(int(position))
    return [group for group in groups.values() if len(group) > 1]
