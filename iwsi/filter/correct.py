"""Which candidates are right, by their questions' labels."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray


def correct(votes: pa.Table, gold: pa.Table) -> NDArray[np.bool_]:
    """Whether each of C candidates has its question's label, shape (C,).

    Args:
        votes: Columns `question_id` and `answer`, a row a candidate.
        gold: Labels (records.GOLD).
    """
    rows = pc.index_in(votes["question_id"], value_set=gold["question_id"].combine_chunks())
    right = pc.equal(votes["answer"], gold["gold"].take(rows)).fill_null(False)
    return np.asarray(right.to_numpy(), bool)
