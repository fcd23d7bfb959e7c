from pathlib import Path

import numpy as np
import pytest

from iwsi.files import write_json
from iwsi.recipe.load import load_recipe
from iwsi.rounds.context import Session
from iwsi.rounds.plan import plan


def test_a_running_stage_has_no_path_but_those_it_declares(recipe_file, tmp_path):
    recipe = load_recipe(recipe_file)
    [vote] = [stage for stage in plan(recipe) if stage.name == "round-1/vote"]
    context = vote.context(Session(tmp_path, recipe, lambda done, total: None), "digest")
    assert context.path("round-1/samples") == tmp_path / "round-1" / "samples"
    public = {name: getattr(context, name) for name in dir(context) if not name.startswith("_")}
    assert not any(isinstance(value, Path) for value in public.values())
    with pytest.raises(RuntimeError, match=r"uses data/test\.parquet, which it does not declare"):
        context.path("data/test.parquet")


def _context(root, recipe, name):
    stage = next(stage for stage in plan(recipe) if stage.name == name)
    return stage, stage.context(Session(root, recipe, lambda done, total: None), "digest")


def test_a_stages_random_stream_begins_anew_and_differs_from_another_rounds(recipe_file, tmp_path):
    recipe = load_recipe(recipe_file, ["rounds=2"])
    _, first = _context(tmp_path, recipe, "round-1/sample")
    _, second = _context(tmp_path, recipe, "round-2/sample")
    draws = [context.rng().integers(2**31) for context in (first, first, second)]
    assert draws[0] == draws[1] != draws[2]
    assert first.draw_seed() == np.random.default_rng(first.seed).integers(2**31)


def test_tests_decode_one_greedy_answer_and_candidates_as_the_recipe_says(recipe_file, tmp_path):
    recipe = load_recipe(recipe_file, ["sample.temperature=0.7", "sample.stop=[x]"])
    _, context = _context(tmp_path, recipe, "round-1/sample")
    greedy, sampling = context.greedy(), context.sampling()
    assert (greedy.n, greedy.temperature, greedy.stop) == (1, 0.0, ("x",))
    assert (sampling.n, sampling.temperature) == (4, 0.7)
    assert greedy.max_tokens == sampling.max_tokens == 48


def test_an_engine_has_room_for_the_longest_prompt_its_answer_and_a_rating(recipe_file, tmp_path):
    write_json(tmp_path / "data" / "lengths.json", {"train": 100, "test": 120})
    stage, context = _context(tmp_path, load_recipe(recipe_file), "round-1/sample")
    assert context.max_length(stage.inputs) == 120 + 48
    rated = load_recipe(recipe_file, ["filter={method: self}"])
    stage, context = _context(tmp_path, rated, "round-1/sample")
    assert 120 + 48 < context.max_length(stage.inputs) <= 512
