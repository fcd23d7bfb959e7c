from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from conftest import ROOT
from scipy.stats import t

from eval_predict.stats.estimate import Estimate
from iwsi.recipe.load import load_recipe
from iwsi.study.summary import (
    ArmResult,
    SeedCorrelations,
    orthogonality,
    precision_of,
    summarise,
)


def _row(name, seed, accuracy, setting=None):
    return ArmResult(name, setting, seed, 0.5, accuracy, 100, 80, 60, 60, 10.0 + seed)


def test_the_difference_is_over_pairs_of_one_seed_with_students_interval():
    lmsi, ours = [0.6, 0.7, 0.65], [0.7, 0.75, 0.8]
    rows = [_row("lmsi", s, a) for s, a in enumerate(lmsi)]
    rows += [_row("iwsi", s, a) for s, a in enumerate(ours)]
    base, other = summarise(rows)
    assert base.over_lmsi is None
    gains = np.subtract(ours, lmsi)
    half = t.ppf(0.975, 2) * gains.std(ddof=1) / 3**0.5
    assert other.over_lmsi.value == pytest.approx(gains.mean())
    assert other.over_lmsi.low == pytest.approx(gains.mean() - half)
    assert other.over_lmsi.high == pytest.approx(gains.mean() + half)
    assert other.accuracy.value == pytest.approx(0.75)
    assert (other.kept, other.seconds) == (60, 11)


def test_a_setting_is_compared_with_lmsi_at_the_same_setting():
    rows = [
        _row("lmsi", 0, 0.5, "filter.keep=0.5"),
        _row("lmsi", 0, 0.7, "filter.keep=0.8"),
        _row("iwsi", 0, 0.6, "filter.keep=0.5"),
        _row("iwsi", 0, 0.6, "filter.keep=0.8"),
    ]
    gains = [arm.over_lmsi.value for arm in summarise(rows)[2:]]
    assert gains == pytest.approx([0.1, -0.1])


def test_without_lmsi_there_is_no_difference_and_of_a_lone_seed_no_interval():
    [arm] = summarise([_row("iwsi", 0, 0.6)])
    assert arm.over_lmsi is None
    assert (arm.accuracy.low, arm.accuracy.high) == (-np.inf, np.inf)


def test_precision_is_a_mean_over_seeds_that_all_have_one():
    rows = [replace(_row("iwsi", seed, 0.6), precision=p) for seed, p in enumerate((0.8, 0.9))]
    assert summarise(rows)[0].precision.value == pytest.approx(0.85)
    assert summarise([*rows, _row("iwsi", 2, 0.6)])[0].precision is None


def test_precision_counts_kept_candidates_by_their_questions_labels(tmp_path):
    path = tmp_path / "train.jsonl"
    path.write_text('{"question": "1+1", "answer": "2"}\n{"question": "2+2", "answer": "4"}\n')
    recipe = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [f"task.train.path={path}"])
    kept = pa.table({"question_id": ["0", "0", "1", "1"], "answer": ["2", "2", "4", "5"]})
    assert precision_of(kept, recipe) == 0.75
    assert precision_of(kept.slice(0, 0), recipe) is None
    path.write_text('{"question": "1+1"}\n{"question": "2+2"}\n')
    assert precision_of(kept, recipe) is None


def test_a_side_that_no_seed_could_measure_has_no_mean():
    found = [
        SeedCorrelations(seed, 9, 3, Estimate(value, 0, 1, 0.95, "m", 9), None)
        for seed, value in enumerate((0.1, 0.3))
    ]
    means = orthogonality(found).mean
    assert means.correct is None
    assert means.vote_entropy.value == pytest.approx(0.2)


def test_objectives_are_compared_with_sft_seed_by_seed():
    rows = [
        replace(_row("iwsi", seed, accuracy), objective=objective)
        for objective, accuracies in {"sft": (0.6, 0.7), "dpo": (0.7, 0.9)}.items()
        for seed, accuracy in enumerate(accuracies)
    ]
    sft, dpo = summarise(rows)
    assert sft.over_sft is None
    assert dpo.over_sft.value == pytest.approx(0.15)
    assert (sft.objective, dpo.objective) == ("sft", "dpo")
