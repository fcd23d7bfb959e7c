from filter_candidates import judge, made_candidates

MAJORITY = [None, "minority_answer", "tie", "no_answer", "truncated"]


def test_the_oracle_goes_by_the_labels_where_there_is_an_answer():
    verdict = judge(
        "oracle", made_candidates(MAJORITY, correct_C=[False, True, False, False, True])
    )
    assert list(verdict.reason_C) == [
        "wrong_answer",
        None,
        "wrong_answer",
        "no_answer",
        "truncated",
    ]
