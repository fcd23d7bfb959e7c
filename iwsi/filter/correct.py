"""Which candidates are right, by their questions' labels."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def correct(
    votes: pa.Table, gold: pa.Table, same: Callable[[str | None, str], bool] | None = None
) -> NDArray[np.bool_]:
    """Whether each of C candidates has its question's label, shape (C,).

    Args:
        votes: Columns `question_id` and `answer`, a row a candidate.
        gold: Labels (records.GOLD).
        same: Whether an answer is a label where they are not the same text; null: it is not.
    """
    rows = pc.index_in(votes["question_id"], value_set=gold["question_id"].combine_chunks())
    label = gold["gold"].take(rows)
    right_C = np.array(pc.equal(votes["answer"], label).fill_null(False).to_numpy(), bool)
    if same is None:
        return right_C
    verdicts: dict[tuple[str, str], bool] = {}
    for i in np.flatnonzero(~right_C):
        pair = votes["answer"][i].as_py(), label[i].as_py()
        if None in pair:
            continue
        if pair not in verdicts:
            verdicts[pair] = same(*pair)
        right_C[i] = verdicts[pair]
    return right_C
