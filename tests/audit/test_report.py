import json

import numpy as np
import pytest

from eval_predict.errors import UserError
from iwsi.audit.report import audit
from iwsi.audit.scores import AuditedVotes

ROWS = 200


def rng():
    return np.random.default_rng(0)


def world(*, rows=ROWS, right_share=0.75, labels=("a", "b"), never=()):
    """Votes as on a real task: sure of what is right, surer than of people's answers."""
    generator = rng()
    right = generator.random(rows) < right_share
    gold = generator.choice(list(labels), rows)
    wrong = np.where(gold == labels[0], labels[1], labels[0])
    answer = np.where(right, gold, wrong)
    answer[np.isin(answer, list(never))] = next(a for a in labels if a not in never)
    right = answer == gold
    nll = np.exp(generator.normal(np.where(right, -3.5, -2.0), 0.7))
    share = np.clip(0.95 - nll - generator.random(rows) / 5, 0.2, 1)
    return AuditedVotes(
        gold=tuple(map(str, gold)),
        answer=tuple(map(str, answer)),
        vote_share_Q=share,
        margin_Q=2 * share - 1,
        vote_entropy_Q=1 - share,
        nll_completion_Q=nll,
        rationale_completion_Q=np.exp(generator.normal(-1.5, 0.5, rows)),
    )


def test_a_score_that_prefers_wrong_answers_is_named_with_the_best_one():
    report = audit(world(), rng(), ranked_by="ds_weight_completion")
    scores = {score.name: score for score in report.scores}
    assert scores["ds_weight_completion"].auc.high < 0.5
    assert report.scores[0].name == "low_loss"
    assert report.sentence.startswith(
        "On this task the DS weight over the completion prefers wrong answers: AUC ."
    )
    assert "; low loss is best: AUC ." in report.sentence
    assert any("prefers wrong answers here" in warning for warning in report.warnings)


def test_a_high_auc_of_few_rows_is_not_called_best():
    votes = world()
    # Known of 25 rows, of which one is wrong: whatever it says, its interval is wide.
    few = np.full(ROWS, np.nan)
    right, wrong = np.flatnonzero(votes.right_Q)[:24], np.flatnonzero(~votes.right_Q)[:1]
    few[right], few[wrong] = rng().random(24) + 0.5, 0.6
    few[wrong] = np.sort(few[right])[2]
    report = audit(votes, rng(), ranked_by="low_loss", scores={"few": few})
    assert "and the filter ranks by it" in report.sentence
    assert "no score" not in report.sentence


def test_keeping_the_best_fifth_by_a_good_score_is_more_precise_than_keeping_all():
    report = audit(world(), rng())
    best = report.scores[0]
    assert best.precision[0] > best.precision[-1] == pytest.approx(report.vote_accuracy.value)


def test_a_filter_by_a_good_score_gets_no_warning():
    assert audit(world(), rng(), ranked_by="low_loss").warnings == ()
    assert "and the filter ranks by it" in audit(world(), rng(), ranked_by="low_loss").sentence


def test_a_filter_by_chance_is_warned_of():
    draw = np.random.default_rng(4).random(ROWS)
    report = audit(world(), rng(), ranked_by="rating", scores={"rating": draw})
    assert any("does not differ from chance" in warning for warning in report.warnings)
    assert "does not differ from chance beyond its error" in report.sentence


def test_fewer_than_twenty_rows_are_refused_with_their_number():
    with pytest.raises(UserError, match="19 labelled rows"):
        audit(world(rows=19), rng())


@pytest.mark.parametrize(("share", "finding"), [(1.0, "200 of 200"), (0.0, "0 of 200")])
def test_votes_that_are_all_right_or_all_wrong_have_no_auc(share, finding):
    with pytest.raises(UserError, match=f"{finding} votes right"):
        audit(world(right_share=share), rng())


def test_a_label_that_no_vote_gives_is_named():
    report = audit(world(labels=("a", "b", "c"), never=("c",)), rng())
    assert any("No vote gives 'c'" in warning for warning in report.warnings)


def test_a_vote_that_is_mostly_wrong_is_warned_of():
    report = audit(world(right_share=0.3), rng())
    assert any("most of what a round would train on is wrong" in w for w in report.warnings)


def test_rows_without_a_majority_count_neither_for_the_vote_nor_for_a_score():
    votes = world()
    answers = (None,) * 10 + votes.answer[10:]
    columns = {name: getattr(votes, name) for name in AuditedVotes.__slots__}
    report = audit(AuditedVotes(**(columns | {"answer": answers})), rng())
    assert (report.rows, report.voted) == (ROWS, ROWS - 10)
    assert report.vote_accuracy.n_observed == ROWS - 10
    assert report.scores[0].auc.n_observed == ROWS - 10


def test_the_report_is_json():
    parsed = json.loads(json.dumps(audit(world(), rng()).to_dict()))
    assert parsed["scores"][0]["precision"].keys() == {"0.2", "0.4", "0.6", "0.8", "1.0"}
    assert parsed["scores"][0]["auc"]["low"] < parsed["scores"][0]["auc"]["value"]
