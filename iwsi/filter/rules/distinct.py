"""The filter that drops near-duplicates."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from iwsi.filter.duplicates import near_duplicates
from iwsi.filter.method import Method
from iwsi.filter.shared import also, limited, unscored
from iwsi.filter.verdict import Candidates, Verdict, without_reason
from iwsi.recipe.filter import Distinct
from iwsi.tasks.sample_text import trimmed


def distinct(candidates: Candidates, rule: Distinct) -> Verdict:
    """Keep the majority without near-duplicates of an earlier answer to the same question."""
    rows = np.flatnonzero(without_reason(candidates.vote_reason_C))
    similarity_C = unscored(candidates)
    similarity_C[rows] = near_duplicates(
        candidates.question_C[rows], _Stripped(candidates.text_C, rows), rule.max_similarity
    )
    reason_C = also(candidates.vote_reason_C, similarity_C >= rule.max_similarity, "near_duplicate")
    return limited(candidates, rule, reason_C, similarity_C)


class _Stripped(Sequence[str]):
    """Some of the texts without the spaces around them; a text is read on access."""

    def __init__(self, texts: Sequence[str], rows: npt.NDArray[np.int64]) -> None:
        self._texts, self._rows = texts, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, row: Any) -> Any:
        return trimmed(self._texts[self._rows[row]])


METHODS = (Method(Distinct, distinct),)
