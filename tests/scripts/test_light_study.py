"""The parts of the shortened study that need no model."""

import json

import numpy as np
import pyarrow as pa
import pytest
from real_model.arms import kept_by
from real_model.forecasts import record
from real_model.tasks import PLANS, splits


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "trec"
    folder.mkdir()
    rows = [{"text": f"What is {n} ?", "coarse_label": n % 6} for n in range(700)]
    for name, part in {"train": rows + rows[:50], "test": rows[690:]}.items():
        lines = "".join(json.dumps(row) + "\n" for row in part)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def test_no_question_is_in_two_splits_and_a_seed_draws_its_own(data):
    one, other = (splits(PLANS["trec"], data, seed) for seed in (0, 1))
    parts = [{row.prompt for row in part} for part in (one.warm, one.audit, one.pool, one.test)]
    assert [len(part) for part in parts] == [100, 100, 400, 10]
    assert len(set.union(*parts)) == 610
    assert one.test == other.test
    assert one.pool != other.pool


def test_filters_keep_the_share_that_they_rank_highest():
    pool = pa.table(
        {
            "voted": [True, True, True, True, False],
            "right": [True, False, True, False, False],
            "answer": ["a", "a", "b", "b", "b"],
        }
    )
    scores = {"vote_share": np.array([0.9, 0.2, 0.8, 0.7, 1.0])}
    kept = {
        arm: kept_by(arm, scores, pool, 0.5, 0).tolist()
        for arm in ("lmsi", "oracle", "vote_share", "per_answer")
    }
    assert kept == {
        "lmsi": [0, 1, 2, 3],
        "oracle": [0, 2],
        "vote_share": [0, 2],
        "per_answer": [0, 2],
    }


def test_a_clear_gain_passes_the_gate_and_a_clear_loss_does_not():
    low, high = [0.0] * 200, [1.0] * 200
    found = record([(low, high), (high, low)])
    assert (found.rounds, found.worse, found.better) == (2, 1, 1)
    assert (found.passed_worse, found.passed_better) == (0.0, 1.0)
