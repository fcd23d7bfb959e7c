import numpy as np
import pyarrow as pa

from iwsi.rounds.voted import spread, with_keys

CANDIDATES = pa.table({"question_id": ["a", "a", "b"], "candidate_id": [0, 1, 0]})


def test_values_of_some_candidates_are_null_for_the_others():
    column = spread(np.array([1.5, 2.5]), np.array([0, 2]), CANDIDATES)
    assert column.to_pylist() == [1.5, None, 2.5]


def test_question_and_candidate_stand_before_what_was_measured():
    schema = pa.schema(
        {"question_id": pa.string(), "candidate_id": pa.int64(), "nll": pa.float64()}
    )
    table = with_keys(CANDIDATES, {"nll": pa.array([1.0, None, 2.0])}, schema)
    assert table.schema == schema
    assert table["question_id"].to_pylist() == ["a", "a", "b"]
