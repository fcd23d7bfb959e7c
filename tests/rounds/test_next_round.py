"""The next round's gain from a run's rounds, for the command and for the gate."""

import json
from types import SimpleNamespace

import pyarrow as pa
import pytest
from conftest import assert_fault, small_recipe
from typer.testing import CliRunner

from eval_predict.errors import UserError
from eval_predict.stats.estimate import Estimate, mean_score
from iwsi.cli import app
from iwsi.evaluation.diversity import Diversity, LabelledDiversity, RoundDiversity
from iwsi.files import as_json, write_json, write_table
from iwsi.recipe.load import load_recipe
from iwsi.rounds import next_round
from iwsi.rounds.context import Session
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.plan import plan

TRAINING = Diversity(10, 80, 2.0, 0.3, 0.4, 20.0, 0.0, 0.5, 0.5)


def _diversity(majority):
    """Of ten labelled rows, this share with a right majority."""
    accuracy = mean_score([1.0] * round(10 * majority) + [0.0] * round(10 - 10 * majority))
    return RoundDiversity(TRAINING, LabelledDiversity(TRAINING, {1: accuracy}, accuracy, None))


def _exactly(value):
    return Estimate(value, value, value, 0.95, "m", 10)


def _round(number, accuracy, majority=None):
    diversity = None if majority is None else _diversity(majority)
    score = None if accuracy is None else _exactly(accuracy)
    return SimpleNamespace(round=number, accuracy=score, forecast=None, diversity=diversity)


RUN = SimpleNamespace(
    rounds=(_round(0, 0.5), _round(1, 0.55, 0.7), _round(2, 0.65, 0.8), _round(3, None, 0.9))
)


def test_a_round_counts_with_the_votes_of_the_round_before():
    found = next_round.facts(RUN)
    assert len(found) == 3  # round 3 has no score yet
    [second] = next_round.finished_rounds("a", found)
    assert second.gain == pytest.approx(0.10)
    assert (second.before.number, second.before.accuracy) == (2, 0.55)
    assert second.before.headroom == pytest.approx(0.7 - 0.55)
    upcoming = found[-1].upcoming("a", 3)
    assert upcoming.headroom == pytest.approx(0.8 - 0.65)


@pytest.fixture
def run(tmp_path, monkeypatch):
    recipe = load_recipe(small_recipe(tmp_path), ["audit={rows: 10}"])
    monkeypatch.setattr(next_round, "read_recipe", lambda root: recipe)
    monkeypatch.setattr(next_round, "_summary", lambda root: RUN)
    return tmp_path


def test_the_next_round_of_a_run_is_forecast_from_its_own_rounds_and_others(run):
    alone = next_round.forecast_next(run)
    assert (alone.round, alone.finished, alone.runs) == (3, 1, 1)
    assert alone.gain.low < 0.15 / 3 < alone.gain.high
    both = next_round.forecast_next(run, [run / "other"])
    assert (both.finished, both.runs) == (2, 2)
    assert json.dumps(both.to_dict())


def test_the_run_itself_is_no_other_run(run):
    with pytest.raises(UserError, match="which is the run itself"):
        next_round.forecast_next(run, [run])


def test_without_a_finished_round_the_command_says_what_it_needs(run, monkeypatch):
    empty = SimpleNamespace(rounds=(_round(0, 0.5),))
    monkeypatch.setattr(next_round, "_summary", lambda root: empty)
    with pytest.raises(UserError, match="--next: no round that was trained"):
        next_round.forecast_next(run)


def _gate(tmp_path, least, accuracy):
    """The decision after round 1 of three, with 80% of votes right and this accuracy before."""
    overrides = [
        "audit={rows: 10}",
        "rounds=3",
        f"gate={{min_next_gain: {least}, confidence: 0.8}}",
    ]
    recipe = load_recipe(small_recipe(tmp_path), overrides)
    stage = next(stage for stage in plan(recipe) if stage.name == "round-1/gate")
    right = round(100 * accuracy)
    for number, more in ((0, 0), (1, 5)):
        scores = [1.0] * (right + more) + [0.0] * (100 - right - more)
        write_table(tmp_path / RoundFiles.of(number).results, pa.table({"score": scores}))
    write_json(tmp_path / RoundFiles.of(1).diversity, as_json(_diversity(0.8)))
    stage.run(Session(tmp_path, recipe, lambda done, total: None), "digest")
    return json.loads((tmp_path / RoundFiles.of(1).gate).read_text())


def test_the_gate_ends_a_run_whose_next_round_has_nothing_to_gain(tmp_path):
    decision = _gate(tmp_path, 0.02, 0.9)
    assert decision["passed"]
    assert decision["ends"]
    assert "the next round gains more than 2.0 points with a probability of" in decision["reason"]
    assert decision["reason"].endswith("the run ends with round 1")


def test_the_gate_goes_on_where_votes_are_better_than_the_model(tmp_path):
    assert not _gate(tmp_path, 0.02, 0.3)["ends"]


def test_a_gate_by_the_next_gain_needs_labelled_rows(tmp_path):
    with pytest.raises(UserError, match="min_next_gain needs votes on labelled rows"):
        load_recipe(small_recipe(tmp_path), ["audit=null", "gate={min_next_gain: 0.02}"])


@pytest.mark.parametrize("option", [["--round", "1"], ["--budget", "9"]])
def test_options_of_a_forecast_by_items_are_refused_beside_next(tmp_path, option):
    result = CliRunner().invoke(app, ["forecast", str(tmp_path), "--next", *option])
    assert_fault(result, option[0], "beside --next")
