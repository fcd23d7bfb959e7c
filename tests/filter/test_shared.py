import numpy as np
import pytest
from filter_candidates import made_candidates, section

from iwsi.errors import InternalError
from iwsi.filter.shared import also, best_share, limited, required, unscored


def test_a_later_reason_does_not_replace_an_earlier_one():
    reason_C = np.array(["tie", None, None], dtype=object)
    found = also(reason_C, np.array([True, True, False]), "late")
    assert list(found) == ["tie", "late", None]
    assert list(reason_C) == ["tie", None, None]


def test_the_limit_of_a_question_holds_without_a_ranking():
    candidates = made_candidates([None] * 3, question_C=[0, 0, 1])
    verdict = limited(
        candidates,
        section("lmsi", max_per_question=1),
        candidates.vote_reason_C,
        unscored(candidates),
    )
    assert verdict.keep_C.tolist() == [True, False, True]
    assert np.isnan(verdict.score_C).all()


def test_what_ranks_lowest_is_kept_and_the_score_is_passed_on():
    rank, score = np.array([3.0, 1.0, np.nan, 2.0]), np.array([1.0, 2.0, 3.0, 4.0])
    candidates = made_candidates([None] * 4)
    verdict = best_share(candidates, section("confidence", keep=0.5), rank, score, "low", "none")
    assert list(verdict.reason_C) == ["low", None, "none", None]
    assert verdict.score_C.tolist() == [1.0, 2.0, 3.0, 4.0]


def test_a_column_that_was_not_measured_is_our_fault():
    assert required(np.array([1.0])).tolist() == [1.0]
    with pytest.raises(InternalError):
        required(None)
