import json
from pathlib import Path

import numpy as np
import pytest

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.score_files import write_matrix
from eval_predict.errors import UserError
from iwsi.evaluation.preparation import prepare_forecast
from iwsi.recipe.load import load_recipe

ITEMS = [str(row) for row in range(20)]


def test_without_a_forecast_nothing_is_read(recipe_file):
    recipe = load_recipe(recipe_file, ["forecast=null", "gate=null"])
    assert prepare_forecast(recipe, ITEMS) == (None, None, ())


def test_a_history_is_read_in_the_items_order(recipe_file, tmp_path):
    scores_MN = np.tile(np.arange(20) % 2, (2, 1)).astype(float)
    path = tmp_path / "history.parquet"
    write_matrix(ScoreMatrix.from_array(scores_MN[:, ::-1], ["a", "b"], ITEMS[::-1]), path)
    recipe = load_recipe(recipe_file, [f"forecast.history=[{path}]", "forecast.budget=5"])
    history = prepare_forecast(recipe, ITEMS).history
    assert history is not None
    assert list(history.items) == ITEMS
    assert history.dense_MN()[0].tolist() == (np.arange(20) % 2).tolist()


def test_a_targets_prompts_are_made_by_the_recipes_template(recipe_file, tmp_path):
    recipe = load_recipe(recipe_file, ["forecast.budget=5"])
    first = json.loads(Path(recipe.task.test.path).read_text().splitlines()[0])
    path = tmp_path / "new.jsonl"
    path.write_text(json.dumps({"question": first["question"]}) + "\n")
    recipe = load_recipe(recipe_file, [f"forecast.target={{path: {path}}}", "forecast.budget=5"])
    target = prepare_forecast(recipe, ITEMS).target
    assert target is not None
    assert first["question"] in target["prompt"][0].as_py()


def test_too_small_a_budget_is_refused_before_anything_is_sampled(recipe_file):
    recipe = load_recipe(recipe_file, ["forecast.budget=4"])
    with pytest.raises(UserError, match="at least 5 items"):
        prepare_forecast(recipe, ITEMS)
