from conftest import small_recipe
from rounds.made_up_round import write_candidates

from iwsi.recipe import Forecast
from iwsi.recipe.load import load_recipe
from iwsi.rounds import worker
from iwsi.rounds.context import Session
from iwsi.rounds.plan import plan


class _Parent:
    """Keeps the messages that the loop would get."""

    def __init__(self):
        self.sent = []

    def send(self, event, **values):
        self.sent.append((event, values))


def _run(root, recipe, name, **options):
    stage = next(stage for stage in plan(recipe) if stage.name == name)
    parent = _Parent()
    session = Session(root, recipe, lambda done, total: None)
    worker._run(session, parent, worker.request(stage, "digest", **options))
    return stage, parent.sent


def test_a_stage_is_named_when_it_begins_and_its_seconds_and_findings_when_it_is_done(tmp_path):
    recipe = load_recipe(small_recipe(tmp_path), [])
    write_candidates(tmp_path, [("a", "The answer is 4."), ("a", "The answer is 5.")])
    _, sent = _run(tmp_path, recipe, "round-1/vote")
    (first, named), *_, (last, values) = sent
    assert (first, named) == ("stage", {"name": "round-1/vote"})
    assert last == "done"
    assert values["seconds"] >= 0
    assert values["startup_seconds"] == sum(values["startup"].values())
    assert (tmp_path / "round-1" / "votes.parquet").exists()


def test_a_requested_forecast_stands_in_place_of_the_recipes(tmp_path, monkeypatch):
    """What `iwsi forecast RUN` asks for leaves the run's own recipe as it is."""
    recipe = load_recipe(small_recipe(tmp_path), [])
    stages = []

    def run(self, session, digest, started):
        stages.append((session.recipe.forecast, digest))
        return {}

    monkeypatch.setattr("iwsi.rounds.stage.Stage.run", run)
    _run(tmp_path, recipe, "round-1/forecast", forecast=Forecast(budget=7))
    _run(tmp_path, recipe, "round-1/forecast")
    assert stages == [(Forecast(budget=7), "digest"), (recipe.forecast, "digest")]


def test_a_second_try_after_a_kill_holds_less_memory(tmp_path, monkeypatch):
    recipe = load_recipe(small_recipe(tmp_path), [])
    limits = []

    def run(self, session, digest, started):
        limits.append(session.recipe.filter.batch_tokens)
        return {}

    monkeypatch.setattr("iwsi.rounds.stage.Stage.run", run)
    _run(tmp_path, recipe, "round-1/weigh")
    _run(tmp_path, recipe, "round-1/weigh", lean=True)
    assert limits[1] < limits[0]
