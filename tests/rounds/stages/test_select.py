"""The stage that selects, in this process, on made-up candidates and votes."""

import json

import pyarrow as pa
import pytest
from conftest import small_recipe

from eval_predict.errors import UserError
from eval_predict.stats.estimate import mean_score
from iwsi import records
from iwsi.audit.record import AuditRecord, VoteAudit
from iwsi.files import read_table, write_json, write_table
from iwsi.filter.probability import unfitted
from iwsi.recipe.load import load_recipe
from iwsi.rounds.context import Session
from iwsi.rounds.plan import plan

REASONS = [None, None, "minority_answer", "no_answer", "tie"]


def _select(tmp_path, reasons, method, *overrides):
    recipe = load_recipe(small_recipe(tmp_path), [f"filter={method}", *overrides])
    keys = [{"question_id": str(i), "candidate_id": 0} for i in range(len(reasons))]
    sampled = {"prompt": "?", "text": "t", "finish_reason": "stop", "num_tokens": 4}
    rows = [key | sampled | {"logprob": -float(i)} for i, key in enumerate(keys)]
    shard = pa.Table.from_pylist(rows, schema=records.CANDIDATES)
    write_table(tmp_path / "round-1" / "samples" / "00000.parquet", shard)
    votes = [
        key
        | {"answer": "1", "vote_share": 1.0, "vote_share_all": 1.0, "vote_entropy": 0.0}
        | {"agrees": reason is None, "reason": reason}
        for key, reason in zip(keys, reasons, strict=True)
    ]
    table = pa.Table.from_pylist(votes, schema=records.VOTES)
    write_table(tmp_path / "round-1" / "votes.parquet", table)
    stage = next(stage for stage in plan(recipe) if stage.name == "round-1/select")
    stage.run(Session(tmp_path, recipe, lambda done, total: None), "digest")
    return read_table(tmp_path / "round-1" / "selection.parquet")


def test_the_funnel_counts_every_candidate_once(tmp_path):
    selection = _select(tmp_path, REASONS, "{method: lmsi}")
    assert selection["keep"].to_pylist() == [True, True, False, False, False]
    funnel = json.loads((tmp_path / "round-1" / "funnel.json").read_text())
    assert (funnel["sampled"], funnel["answered"]) == (5, 4)
    assert (funnel["majority"], funnel["kept"]) == (2, 2)
    assert funnel["dropped"] == {"minority_answer": 1, "no_answer": 1, "tie": 1}


def test_a_filter_adds_its_reason_to_those_of_the_vote(tmp_path):
    selection = _select(tmp_path, REASONS, "{method: confidence, keep: 0.5}")
    assert selection["reason"].to_pylist() == [None, "low_confidence", *REASONS[2:]]
    assert selection["weight"].to_pylist() == [1.0] * 5


def test_a_round_without_a_kept_candidate_is_an_error_that_counts_the_reasons(tmp_path):
    with pytest.raises(UserError, match=r"no candidate kept of 2 \(tie 2\)"):
        _select(tmp_path, ["tie", "tie"], "{method: lmsi}")


def test_votes_that_are_too_often_wrong_are_refused(tmp_path):
    votes = VoteAudit(100, 80, mean_score([1.0] * 40 + [0.0] * 40))
    record = AuditRecord(votes, None, "few rows", unfitted("few rows"), ())
    write_json(tmp_path / "round-1" / "audit.json", record.to_dict())
    with pytest.raises(UserError, match="the vote is right on 50% of the 80"):
        _select(tmp_path, REASONS, "{method: lmsi, min_vote_accuracy: 0.7}", "audit={rows: 100}")
