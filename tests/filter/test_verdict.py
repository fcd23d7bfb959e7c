import numpy as np

from iwsi.filter.verdict import Verdict, without_reason


def test_a_candidate_without_a_reason_is_kept():
    verdict = Verdict(np.array([None, "tie", ""], dtype=object), np.zeros(3))
    assert verdict.keep_C.tolist() == [True, False, False]


def test_reasons_are_compared_one_by_one():
    assert without_reason(np.array([None, None], dtype=object)).tolist() == [True, True]
