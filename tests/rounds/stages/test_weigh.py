from typing import ClassVar

import numpy as np
import pytest
from conftest import small_recipe
from rounds.made_up_round import run_stage, write_candidates, write_data

from iwsi.files import read_table
from iwsi.recipe.load import load_recipe
from iwsi.scoring import weigher


def _recipe(folder, *overrides):
    return load_recipe(small_recipe(folder), [*overrides])


class _Weigher:
    """Losses by text, in place of a model's."""

    in_process = True
    losses_of: ClassVar = {"near": 1.0, "far": 4.0, "short": 0.25, "worked 1": 0.5, "worked 2": 1.5}

    def losses(self, groups, progress):
        return [np.array([self.losses_of[text] for text in group.texts]) for group in groups]

    def num_tokens(self, samples):
        return [len(text) for text in samples.texts]

    def close(self):
        pass


def test_a_ds_weight_is_the_larger_ratio_of_a_loss_and_the_mean_of_labelled_rows(
    tmp_path, monkeypatch
):
    """The labelled rows have a mean loss of 1: 1/1, 4/1, and 1/0.25 the other way round."""
    monkeypatch.setattr(weigher, "weigher_of", lambda *arguments, **options: _Weigher())
    worked = [
        {"question_id": str(i), "prompt": "v", "completion": f"worked {i + 1}"} for i in (0, 1)
    ]
    write_data(tmp_path, validation=worked)
    texts = [("a", "near"), ("a", "other"), ("b", "far"), ("b", "short")]
    write_candidates(tmp_path, texts, [True, False, True, True])
    info = run_stage(tmp_path, _recipe(tmp_path), "round-1/weigh")
    losses = read_table(tmp_path / "round-1" / "losses.parquet")
    assert losses["nll"].to_pylist() == [1.0, None, 4.0, 0.25]
    assert losses["ds_weight"].to_pylist() == [1.0, None, 4.0, 4.0]
    labelled = read_table(tmp_path / "round-1" / "validation_losses.parquet")
    assert labelled["nll"].to_pylist() == [0.5, 1.5]
    assert labelled["num_tokens"].to_pylist() == [8, 8]
    assert info["validation_nll"] == pytest.approx(1.0)
