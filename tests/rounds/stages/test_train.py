"""Samples that are mixed into a round's training, and that none of them judges anything."""

import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import small_recipe
from training import recipe as training_recipe

from eval_predict.errors import UserError
from iwsi.files import write_table
from iwsi.recipe.load import load_recipe
from iwsi.rounds.context import Session
from iwsi.rounds.layout import TEST, VALIDATION, WARM_START, RoundFiles
from iwsi.rounds.plan import plan
from iwsi.rounds.stages.train import _kept, _with_replay, replay_rows
from iwsi.train.counts import SampleCounts

WARM = "warm_start={rows: 8}"


@pytest.mark.parametrize(
    ("kept", "available", "share", "expected"),
    [(90, 100, 0.1, 10), (90, 4, 0.1, 4), (50, 100, 0.5, 50), (90, 100, 0.0, 0)],
)
def test_replay_is_the_share_of_all_that_is_trained(kept, available, share, expected):
    rows = replay_rows(kept, available, share, np.random.default_rng(0))
    assert len(set(rows.tolist())) == len(rows) == expected
    assert len(rows) == 0 or rows.max() < available


def _plan(tmp_path, *overrides):
    return plan(load_recipe(small_recipe(tmp_path), ["rounds=3", "train.replay=0.1", *overrides]))


@pytest.mark.parametrize("source", [["train.replay_from=labelled", WARM], [WARM], []])
def test_no_row_that_judges_is_trained_on(tmp_path, source):
    """Test rows reach no training; audited rows reach it only through what the filter keeps."""
    stages = _plan(tmp_path, "audit={rows: 6}", *source)
    for stage in stages:
        if stage.kind.name not in ("train", "warm_start"):
            continue
        assert not {TEST, VALIDATION} & set(stage.reads)
        assert not any("labelled_samples" in path or "test" in path for path in stage.reads)


def test_rows_of_the_warm_start_are_none_of_those_that_stay(tmp_path):
    stages = {stage.name: stage for stage in _plan(tmp_path, "train.replay_from=labelled", WARM)}
    assert WARM_START in stages["round-1/train"].reads
    assert WARM_START in stages["prepare"].writes  # which splits them from the audited ones


def test_base_samples_are_those_of_round_1(tmp_path):
    stages = {stage.name: stage for stage in _plan(tmp_path)}
    first = RoundFiles.of(1).selection
    assert stages["round-1/train"].inputs.base is None
    assert stages["round-3/train"].inputs.base == first


def test_labelled_replay_without_a_warm_start_is_refused(tmp_path):
    with pytest.raises(UserError, match="needs rows that audit nothing"):
        _plan(tmp_path, "train.replay_from=labelled")


def test_replay_is_for_sft(tmp_path):
    with pytest.raises(UserError, match="replay is for objective sft"):
        _plan(tmp_path, "train.objective=dpo", "train.pairs={}")


def test_what_is_mixed_in_counts_as_an_average_sample(tmp_path):
    recipe = load_recipe(small_recipe(tmp_path), ["train.replay=0.5", "rounds=2"])
    stage = next(stage for stage in plan(recipe) if stage.name == "round-2/train")

    def selection(number, rows, weight):
        table = pa.table(
            {
                "prompt": [f"{number}?"] * rows,
                "text": [f"text {i}" for i in range(rows)],
                "token_ids": [[i] for i in range(rows)],
                "weight": weight,
                "keep": [True] * (rows - 1) + [False],
            }
        )
        write_table(tmp_path / RoundFiles.of(number).selection, table)

    selection(1, 10, [1.0] * 10)
    selection(2, 4, [1.0, 2.0, 3.0, 9.0])
    context = stage.context(Session(tmp_path, recipe, lambda done, total: None), "digest")
    kept = _kept(context, stage.inputs.selection)
    samples, count = _with_replay(context, stage.inputs, kept)
    assert count == 3
    assert samples["prompt"].to_pylist() == ["2?"] * 3 + ["1?"] * 3
    assert samples["weight"].to_pylist() == [1.0, 2.0, 3.0, 2.0, 2.0, 2.0]


@pytest.mark.parametrize(("distributed", "seen"), [("none", "1"), ("ddp", "1,3")])
def test_the_trainer_sees_one_gpu_and_the_launcher_all(distributed, seen, tmp_path, monkeypatch):
    found = []
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,3")
    monkeypatch.setattr(
        "iwsi.train.sft.train_adapter",
        lambda *_, **__: (
            found.append(os.environ["CUDA_VISIBLE_DEVICES"]) or SampleCounts(trained=1, too_long=0)
        ),
    )
    settled = training_recipe(f"train.distributed={distributed}")
    stage = next(stage for stage in plan(settled) if stage.kind.name == "train")
    kept = {"prompt": ["q"], "text": ["a"], "weight": [1.0], "keep": [True]}
    (tmp_path / "round-1").mkdir()
    pq.write_table(pa.table(kept), tmp_path / stage.inputs.selection)
    stage.run(Session(tmp_path, settled, lambda done, total: None), "digest")
    assert found == [seen]
