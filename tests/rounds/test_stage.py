import json
from importlib import import_module
from pathlib import Path

import pytest

import iwsi.rounds.stages
from iwsi.recipe.load import load_recipe
from iwsi.rounds.plan import plan
from iwsi.rounds.stage import Kind, stage_from_dict

OVERRIDES = ["rounds=2", "train.start_from=previous", "forecast.history=[h.parquet]"]


@pytest.fixture
def kinds() -> dict[str, Kind]:
    folder = Path(iwsi.rounds.stages.__file__).parent
    names = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
    return {name: import_module(f"iwsi.rounds.stages.{name}").KIND for name in names}


def test_a_kind_is_found_by_its_name(kinds):
    for name, kind in kinds.items():
        assert kind.name == name


def test_every_kind_has_a_random_stream_of_its_own(kinds):
    """The numbers are part of every run's seeds: none of them may change."""
    streams = {name: kind.stream for name, kind in kinds.items()}
    assert len(set(streams.values())) == len(streams)
    first = ["prepare", "test", "sample", "vote", "weigh", "select", "train", "forecast", "gate"]
    first += ["rate", "reward", "shift", "label"]
    assert [streams[name] for name in first] == list(range(len(first)))


def test_a_stage_goes_to_another_process_and_comes_out_the_same(recipe_file):
    for stage in plan(load_recipe(recipe_file, OVERRIDES)):
        assert stage_from_dict(json.loads(json.dumps(stage.to_dict()))) == stage


def test_what_a_stage_reads_is_every_path_of_its_inputs(recipe_file):
    stages = {stage.name: stage for stage in plan(load_recipe(recipe_file, OVERRIDES))}
    assert set(stages["round-2/forecast"].reads) == {
        "data/test.parquet",
        "data/lengths.json",
        "data/history.parquet",
        "data/train.parquet",
        "round-0/test.parquet",
        "round-0/answers",
        "round-1/test.parquet",
        "round-2/adapter",
        "round-2/votes.parquet",
    }
    assert set(stages["round-2/gate"].reads) == {
        "round-0/test.parquet",
        "round-1/test.parquet",
        "round-2/test.parquet",
        "round-1/gate.json",
    }
