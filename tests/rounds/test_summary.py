"""The summary of a run directory that is written by hand."""

import pyarrow.parquet as pq
import pytest
from report.run_directories import write_whole_run

from iwsi.rounds.ledger import Ledger
from iwsi.rounds.reports import AnswerCounts
from iwsi.rounds.run_dir import read_recipe
from iwsi.rounds.summary import summarise, write_scores


@pytest.fixture
def run(tmp_path):
    return write_whole_run(tmp_path / "run")


def test_a_round_has_its_accuracy_and_its_gain_on_the_same_items(run):
    summary = summarise(run, read_recipe(run), Ledger(run))
    base, first = summary.rounds
    assert (base.accuracy.value, base.gain) == (0.5, None)
    assert (first.accuracy.value, first.gain.value) == (0.75, 0.25)
    assert first.funnel.sampled == 60
    assert first.train.trained == 4


def test_the_run_goes_on_with_the_first_stage_that_is_not_done(run):
    summary = summarise(run, read_recipe(run), Ledger(run))
    assert summary.next_stage == "round-1/audit_sample"
    assert summary.result.round == 1


def test_scores_of_all_full_tests_stand_in_one_table(run):
    write_scores(run, Ledger(run))
    scores = pq.read_table(run / "scores.parquet")
    assert scores.num_rows == 8
    assert scores.column_names == ["model", "item", "score"]


def test_a_full_test_counts_what_its_texts_came_to(run):
    answers = summarise(run, read_recipe(run), Ledger(run)).rounds[1].answers
    assert answers == AnswerCounts(items=4, unreadable=0, cut_off=None, frequent=(("yes", 4),))
