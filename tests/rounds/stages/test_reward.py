import numpy as np
from conftest import small_recipe
from rounds.made_up_round import run_stage, write_candidates

from iwsi.files import read_table
from iwsi.recipe.load import load_recipe
from iwsi.scoring import reward


def _recipe(folder, *overrides):
    return load_recipe(small_recipe(folder), [*overrides])


def test_voted_candidates_are_scored_and_those_that_are_too_long_counted(tmp_path, monkeypatch):
    class Model:
        in_process = True

        def __init__(self, *arguments, **options):
            pass

        def close(self):
            pass

        def scores(self, questions, texts, progress):
            return np.array([np.nan if text == "long" else float(len(text)) for text in texts])

    monkeypatch.setattr(reward, "RewardModel", Model)
    write_candidates(tmp_path, [("a", "abc"), ("a", "x"), ("b", "long")], [True, False, True])
    recipe = _recipe(tmp_path, "filter={method: rm, reward_model: org/reward}")
    assert run_stage(tmp_path, recipe, "round-1/reward") == {"too_long": 1}
    rewards = read_table(tmp_path / "round-1" / "rewards.parquet")
    assert rewards["reward"].to_pylist() == [3.0, None, None]
    assert rewards["question_id"].to_pylist() == ["a", "a", "b"]
