import numpy as np
import pyarrow as pa

from eval_predict import ScoreMatrix
from eval_predict.items.duplicates import find_duplicates


def test_prompts_are_compared_without_case_and_punctuation():
    prompts = pa.table({"item": ["a", "b", "c"], "prompt": ["How many?", "how  many", "Who?"]})
    matrix = ScoreMatrix.from_array(np.eye(3), items=["a", "b", "c"], metadata=prompts)
    assert find_duplicates(matrix) == {0: (1,), 1: (0,)}


def test_equal_answers_count_with_forty_models_and_not_with_fewer():
    scores = (np.random.default_rng(0).random((40, 3)) < 0.5).astype(float)
    scores[:, 2] = scores[:, 0]
    assert find_duplicates(ScoreMatrix.from_array(scores)) == {0: (2,), 2: (0,)}
    assert find_duplicates(ScoreMatrix.from_array(scores[:39])) == {}
