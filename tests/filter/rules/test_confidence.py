from filter_candidates import judge, made_candidates


def test_confidence_keeps_the_lowest_losses_of_the_model_that_sampled():
    candidates = made_candidates([None, None, "tie", None], sampled_nll_C=[0.3, 0.1, 0.0, 0.2])
    verdict = judge("confidence", candidates, keep=0.5)
    assert list(verdict.reason_C) == ["low_confidence", None, "tie", None]


def test_confidence_of_the_best_keeps_one_candidate_a_question():
    candidates = made_candidates(
        [None] * 5, question_C=[0, 0, 1, 1, 2], sampled_nll_C=[0.3, 0.1, 0.2, 0.4, 0.9]
    )
    verdict = judge("confidence", candidates, keep=0.6, per_question="best")
    dropped = "not_best_of_question"
    assert list(verdict.reason_C) == [dropped, None, None, dropped, "low_confidence"]
