from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ROOT
from real_tables import Arm, accuracies, round_scores, rounds_table

from iwsi.recipe.load import load_recipe

RECIPE = load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [])


def _arm(name, seed, before, after, *, root=Path(), precision=0.5):
    return Arm(name, seed, 0.25, before, after, 10, precision, root, RECIPE)


def _scores(after):
    names = ["run/start"] * 2 + ["run/round-0"] * 2 + ["run/round-1"] * 2
    items = ["a", "b"] * 3
    return pa.table({"model": names, "item": items, "score": [0.0, 1.0, 1.0, 1.0, *after]})


def test_accuracies_are_means_by_the_last_part_of_a_models_name():
    assert accuracies(_scores([0.0, 1.0])) == {"start": 0.5, "round-0": 1.0, "round-1": 0.5}


def test_a_row_has_the_mean_gain_over_seeds_with_students_interval():
    arms = [_arm("iwsi", 0, 0.5, 0.6), _arm("iwsi", 1, 0.5, 0.62), _arm("lmsi", 0, 0.5, 0.49)]
    lines = rounds_table(arms)
    assert "Before the round: 50.0% (50.0, 50.0)." in lines
    # Gains 10 and 12: mean 11, standard error 1, the 97.5% quantile of t with one degree 12.706.
    row = "| `iwsi` | 2 | 10 | 50.0% | 50.0 | 61.0 | +11.0 [−1.7, +23.7] | +10.0, +12.0 |"
    assert row in lines
    assert any(line.endswith("| −1.0 | −1.0 |") for line in lines)


def test_rounds_of_filters_that_kept_the_same_count_once(tmp_path):
    arms = []
    for name, after in {"lmsi": [0.0, 1.0], "oracle": [0.0, 1.0], "iwsi": [1.0, 0.0]}.items():
        folder = tmp_path / name
        folder.mkdir()
        pq.write_table(_scores(after), folder / "scores.parquet")
        arms.append(_arm(name, 3, 1.0, 0.5, root=folder))
    table = round_scores(arms)
    assert table["model"].unique().to_pylist() == [
        "3-lmsi/round-0",
        "3-lmsi/round-1",
        "3-iwsi/round-0",
        "3-iwsi/round-1",
    ]


@pytest.mark.parametrize("precision", [None, 0.75])
def test_without_labels_no_precision_is_shown(precision):
    row = rounds_table([_arm("iwsi", 0, 0.5, 0.6, precision=precision)])[-1]
    assert ("| – |" in row) == (precision is None)
