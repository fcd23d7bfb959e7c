from dataclasses import fields

from conftest import ROOT

from eval_predict.stats.estimate import Estimate
from iwsi.recipe.load import load_recipe
from iwsi.rounds import tracking
from iwsi.rounds.display import Silent
from iwsi.rounds.reports import FixedCost, Funnel, RoundSummary, RunSummary

ROUND = RoundSummary(
    **dict.fromkeys(field.name for field in fields(RoundSummary))
    | {
        "round": 1,
        "accuracy": Estimate(0.75, 0.7, 0.8, 0.95, "wilson", 20, ()),
        "funnel": Funnel(40, 30, 20, 10, {"tie": 30}),
        "seconds": {},
        "startup_seconds": {},
        "fixed_cost": FixedCost(0, 0, {}),
    }
)
SUMMARY = RunSummary("tiny", 0.95, None, (ROUND,), None, None, 1.0)


class Warned(Silent):
    def __init__(self):
        self.warnings = []

    def warn(self, message):
        self.warnings.append(message)


def _recipe():
    report_to = "train.report_to=[tensorboard]"
    return load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [report_to])


def test_a_round_is_accuracy_with_bounds_and_counts():
    found = tracking.round_metrics(ROUND)
    assert found["round/accuracy_low"] == 0.7
    assert (found["round/kept"], found["round/dropped_tie"]) == (10, 30)
    assert not any("gain" in name for name in found)


def test_what_a_tracker_has_is_not_sent_again(tmp_path, monkeypatch):
    sent = []
    monkeypatch.setattr(tracking, "log_round", lambda *given: sent.append(given))
    for _ in range(2):
        tracking.track(tmp_path, _recipe(), SUMMARY, Silent())
    assert len(sent) == 1
    assert sent[0][3] == 1


def test_a_tracker_that_fails_warns_and_is_tried_again(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError("no route to host")

    monkeypatch.setattr(tracking, "log_round", refuse)
    display = Warned()
    for _ in range(2):
        tracking.track(tmp_path, _recipe(), SUMMARY, display)
    line = "tensorboard did not take round 1's results (OSError: no route to host)"
    assert display.warnings == [line] * 2
