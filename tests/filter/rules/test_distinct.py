from filter_candidates import judge, made_candidates


def test_an_earlier_answer_to_the_same_question_makes_a_duplicate():
    text = "First 3 + 4 = 7, then 7 + 1 = 8. The answer is 8."
    candidates = made_candidates(
        [None, "tie", None, None, None],
        question_C=[0, 0, 0, 0, 1],
        text_C=[text, text, text + " ", "Three and four and one are 8.", text],
    )
    verdict = judge("distinct", candidates)
    assert list(verdict.reason_C) == [None, "tie", "near_duplicate", None, None]
