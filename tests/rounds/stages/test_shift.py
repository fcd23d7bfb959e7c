import numpy as np
from conftest import small_recipe
from rounds.made_up_round import run_stage, write_candidates, write_data

from iwsi.files import read_table
from iwsi.recipe.load import load_recipe
from iwsi.scoring import hidden, weigher


def _recipe(folder, *overrides):
    return load_recipe(small_recipe(folder), [*overrides])


def test_only_voted_candidates_have_a_ratio(tmp_path, monkeypatch):
    class Weigher:
        def hidden(self, groups, progress):
            return [np.array([[float(len(text))] for text in group.texts]) for group in groups]

        def close(self):
            pass

    def ratio(candidates_ND, validation_VD, seed):
        return candidates_ND[:, 0] - validation_VD.mean()

    monkeypatch.setattr(weigher, "weigher_of", lambda *arguments: Weigher())
    monkeypatch.setattr(hidden, "log_density_ratio", ratio)
    write_data(tmp_path, validation=[{"question_id": "0", "prompt": "v", "completion": "abc"}])
    write_candidates(tmp_path, [("a", "ab"), ("a", "x"), ("b", "abcdefg")], [True, False, True])
    info = run_stage(tmp_path, _recipe(tmp_path, "filter={method: density}"), "round-1/shift")
    shifts = read_table(tmp_path / "round-1" / "shifts.parquet")
    assert shifts["log_ratio"].to_pylist() == [-1.0, None, 4.0]
    assert info == {"spread": 2.5}  # of −1 and 4
