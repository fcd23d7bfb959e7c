from dataclasses import replace

import numpy as np

from eval_predict.stats.estimate import mean_score
from iwsi.evaluation.collapse import collapse_warnings
from iwsi.evaluation.diversity import Diversity, LabelledDiversity

BEFORE = Diversity(
    questions=100,
    candidates=800,
    distinct_answers=3.0,
    vote_entropy=0.5,
    unanimous=0.2,
    mean_tokens=60.0,
    truncated=0.0,
    distinct_4grams=0.6,
    self_bleu=0.4,
)


def _labelled(one, most, majority):
    """Of 100 rows, with these shares."""

    def share(value):
        return mean_score(np.arange(100) < 100 * value)

    return LabelledDiversity(BEFORE, {1: share(one), 8: share(most)}, share(majority), None)


def _warnings(training, now=None, before=None):
    return collapse_warnings(training, BEFORE, now, before)


def test_a_round_that_is_as_the_one_before_gives_no_warning():
    labelled = _labelled(0.5, 0.8, 0.6)
    assert _warnings(BEFORE, labelled, labelled) == ()


def test_pass_at_n_that_falls_while_pass_at_1_rises_is_named():
    [warning] = _warnings(BEFORE, _labelled(0.65, 0.7, 0.65), _labelled(0.5, 0.85, 0.6))
    assert warning.startswith("pass@8 fell from 85% to 70% while pass@1 rose from 50% to 65%")
    assert _warnings(BEFORE, _labelled(0.5, 0.7, 0.6), _labelled(0.5, 0.85, 0.6)) == ()


def test_a_majority_that_is_less_often_right_is_named():
    [warning] = _warnings(BEFORE, _labelled(0.5, 0.8, 0.4), _labelled(0.5, 0.8, 0.6))
    assert "right on 40% of the labelled rows, 60% a round ago" in warning


def test_short_completions_are_named():
    [warning] = _warnings(replace(BEFORE, mean_tokens=30.0))
    assert warning.startswith("Completions have 30 tokens, 60 a round ago")


def test_entropy_that_falls_is_no_collapse_where_the_majority_is_more_often_right():
    close = replace(BEFORE, vote_entropy=0.1)
    [warning] = _warnings(close)
    assert "no labelled rows say" in warning
    same = _labelled(0.5, 0.8, 0.6)
    [warning] = _warnings(close, same, same)
    assert "not more often right" in warning
    assert _warnings(close, _labelled(0.5, 0.8, 0.8), same) == ()
