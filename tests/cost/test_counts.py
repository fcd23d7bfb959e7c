import pytest
from cost_worlds import counts, recipe

from iwsi.cost.counts import Shares, expected_shares, work_tokens


def test_a_prompt_is_read_once_for_all_its_answers():
    tokens = work_tokens(recipe(), counts())
    assert tokens["sample"] == 100 * (320 + 10 * 10)
    # Scoring reads the few-shot text once for all: 700 of 1,000 candidates are voted. They are
    # compared with 50 labelled rows.
    assert tokens["score"] == 100 * 20 + 700 * 10 + 50 * (20 + 10)
    assert tokens["train"] == 350 * 330 * 2
    assert tokens["test"] == 2 * 200 * 330  # test.full is every: the base and round 1


def test_vllm_keeps_the_few_shot_text_from_prompt_to_prompt():
    tokens = work_tokens(recipe("sample.engine=vllm"), counts())
    assert tokens["sample"] == 300 + 100 * (20 + 10 * 10)
    assert tokens["test"] == 2 * (300 + 200 * 30)


def test_training_without_the_few_shot_text_leaves_it_out():
    assert work_tokens(recipe("train.few_shot=false"), counts())["train"] == 350 * 30 * 2


def test_a_closed_list_has_an_answer_for_each_label_and_one_candidate_is_kept():
    tokens = work_tokens(recipe(), counts(labels=6))
    assert tokens["sample"] == 300 + 100 * (20 + 6 * 10)  # scored, so the text is read once
    assert tokens["train"] == pytest.approx(50 * 330 * 2)


def test_the_audit_samples_labelled_rows_and_scores_two_texts_of_each():
    tokens = work_tokens(recipe("audit={rows: 40}"), counts())
    assert tokens["audit"] == 40 * (320 + 100 + 2 * 30)
    assert work_tokens(recipe("audit={rows: 40}"), counts(labelled=0))["audit"] == 0


def test_a_filter_that_measures_audited_votes_reads_each_once_more():
    tokens = work_tokens(recipe("audit={rows: 40}", "filter={method: density}"), counts())
    assert tokens["audit"] == 40 * (320 + 100 + 3 * 30)


def test_a_filter_without_losses_scores_nothing():
    assert work_tokens(recipe("filter={method: lmsi}"), counts())["score"] == 0


def test_a_forecast_is_a_part_of_a_test():
    forecast = ["forecast={budget: 0.25}", "rounds=2"]
    tokens = work_tokens(recipe(*forecast), counts(few_shot=0))
    assert tokens["test"] == 200 * 30 * (3 + 2 * 0.25)


def test_a_warm_start_trains_on_its_rows_and_adds_a_test():
    tokens = work_tokens(recipe("warm_start={rows: 40, epochs: 5}"), counts(warm=40, few_shot=0))
    assert tokens["train"] == 30 * (350 * 2 + 40 * 5)
    assert tokens["test"] == 3 * 200 * 30


@pytest.mark.parametrize(
    ("override", "kept"),
    [
        ("filter={method: lmsi}", 1.0),
        ("filter={method: vote_share, keep: 0.3}", 0.3),
        # 7 of 10 candidates agree, and one of these is kept.
        ("filter={method: confidence, keep: 0.8, per_question: best}", 1 / 7),
        ("filter={method: lmsi, max_per_question: 2}", 2 / 7),
    ],
)
def test_what_a_filter_leaves_follows_from_its_section(override, kept):
    assert expected_shares(recipe(override), counts()) == Shares(0.7, pytest.approx(kept))


def test_a_share_that_a_run_has_shown_takes_the_place_of_the_assumed_one():
    assert expected_shares(recipe(), counts(), voted=0.25) == Shares(0.25, 0.5)
