import io
import math
from dataclasses import replace

import pytest
from rich.console import Console

from eval_predict.stats.estimate import Estimate
from iwsi.audit.record import VoteAudit
from iwsi.commands import display
from iwsi.commands.display import print_summary
from iwsi.evaluation.gate import Decision
from iwsi.evaluation.target import TargetForecast
from iwsi.rounds.reports import (
    AnswerCounts,
    FixedCost,
    ForecastError,
    ForecastReport,
    Funnel,
    RoundSummary,
    RunOutcome,
    RunSummary,
    TrainCounts,
)


def _estimate(value, low, high, method="m", warnings=()):
    return Estimate(value, low, high, 0.95, method, 10, warnings)


ROUND = RoundSummary(
    round=0,
    accuracy=_estimate(0.5, 0.4, 0.6),
    gain=None,
    forecast=None,
    forecast_error=None,
    gate=None,
    audit=None,
    diversity=None,
    funnel=None,
    pairs=None,
    train=None,
    seconds={"test": 3.0},
    startup_seconds={"test": 12.0},
    fixed_cost=FixedCost(12.0, 0.8, {"imports": 9.0, "warm_up": 3.0}),
)


FORECAST = ForecastReport(
    round=2,
    method="auto",
    level=0.9,
    items_run=50,
    items=500,
    history_models=0,
    stopped="budget spent",
    score=_estimate(0.6, 0.55, 0.65),
    gain_over_previous=_estimate(0.1, 0.05, 0.15),
    gain_over_base=_estimate(0.2, -math.inf, 0.25),
    gain_alone=None,
    target=None,
    warnings=("few items",),
)


GATE = Decision(2, False, 0.1, 0.0, 1, True, 1, "gain -1.0 points; the run ends with round 1")


def _shown(rounds, task="t", result=None, start=None):
    stream = io.StringIO()
    summary = RunSummary(task, 0.95, start, tuple(rounds), result, None, 15.0)
    print_summary(Console(file=stream, width=140), summary)
    return stream.getvalue()


def test_accuracy_is_shown_with_its_interval_and_the_round_before():
    funnel = Funnel(sampled=1500, answered=9, majority=8, kept=7, dropped={"tie": 2})
    first = replace(ROUND, round=1, funnel=funnel, gain=_estimate(0.1, -0.05, 0.25))
    text = _shown([ROUND, first])
    assert text.count("50.0% [40.0%, 60.0%]") == 3  # base after, round 1 before and after
    assert "+10.0 [-5.0, +25.0]" in text
    assert "1,500" in text
    assert "round 1 dropped: tie 2" in text
    assert "3.0 + 12.0" in text


def test_a_bound_that_nobody_knows_is_not_shown_as_zero():
    unknown = replace(ROUND, gain=_estimate(1.0, -math.inf, math.inf))
    assert "+100.0 [?, ?]" in _shown([unknown])


def test_a_forecast_stands_beside_its_error_and_the_decision():
    error = ForecastError(score=-0.01, gain_over_previous=None, gain_over_base=0.013)
    second = replace(ROUND, round=2, forecast=FORECAST, forecast_error=error, gate=GATE)
    text = _shown([second], result=RunOutcome(1, "round-1/adapter"))
    for part in ("50/500", "60.0% [55.0%, 65.0%]", "+10.0 [+5.0, +15.0]", "+20.0 [?, +25.0]"):
        assert part in text
    assert "50.0% (-1.0)" in text  # the full test, and the error of the forecast's score
    assert "failed" in text
    assert "round 2: gate: gain -1.0 points; the run ends with round 1" in text
    assert "round 2: warning: few items" in text
    assert "result: round 1 (round-1/adapter)" in text


def test_the_base_models_forecast_has_no_gain():
    forecast = replace(FORECAST, gain_over_previous=None, gain_over_base=None)
    text = _shown([replace(ROUND, forecast=forecast)])
    assert "60.0% [55.0%, 65.0%]" in text
    assert "result:" not in text


def test_prompts_without_answers_are_shown_apart():
    score = _estimate(0.4, 0.3, 0.5, "bis_auto", ("far off",))
    target = TargetForecast(score, None, 1200)
    text = _shown([replace(ROUND, forecast=replace(FORECAST, target=target))])
    assert "base: on 1,200 prompts without answers, by bis_auto from their texts: 40.0%" in text
    assert "base: warning on those prompts: far off" in text


def test_samples_too_long_to_train_on_are_counted():
    assert "3 kept samples too long" in _shown([replace(ROUND, train=TrainCounts(9, 3))])


@pytest.mark.parametrize("text", ["[red]x[/red]", "[/]", "[bold", "[link=http://a]b"])
def test_names_and_reasons_are_not_taken_for_markup(text):
    gate = replace(GATE, reason=text)
    forecast = replace(FORECAST, warnings=(text,))
    funnel = Funnel(sampled=9, answered=9, majority=8, kept=7, dropped={text: 2})
    shown = _shown(
        [ROUND, replace(ROUND, round=2, gate=gate, forecast=forecast, funnel=funnel)], task=text
    )
    assert f"{text}: greedy accuracy" in shown
    for line in (f"gate: {text}", f"warning: {text}", f"dropped: {text} 2"):
        assert line in shown


def test_a_warm_start_stands_between_the_base_model_and_round_one():
    warm = replace(ROUND, gain=_estimate(0.2, 0.1, 0.3), forecast=FORECAST)
    text = _shown([warm, replace(ROUND, round=1)], start=ROUND)
    rows = [line.split("│")[1].strip() for line in text.splitlines() if line.startswith("│")]
    assert rows[:3] == ["base", "warm start", "1"]
    assert "over warm start" in text


def test_how_often_the_vote_was_right_is_shown():
    audit = VoteAudit(100, 81, _estimate(0.28, 0.19, 0.39))
    text = _shown([replace(ROUND, round=1, audit=audit)])
    assert "round 1: the vote is right on 28.0% [19.0%, 39.0%] of 81 labelled rows" in text


def test_rows_left_out_are_reported_in_words():
    dropped = {"train": {"also in test": 1200, "no answer": 1}, "test": {}}
    assert display._left_out(dropped) == "train: 1,200 also in test, 1 no answer"
    assert display._left_out({"train": {}}) == "nothing"


def test_a_result_that_is_surely_worse_comes_with_a_warning_and_both_levels_are_named():
    worse = replace(ROUND, round=1, gain=_estimate(-0.1, -0.2, -0.05), forecast=FORECAST)
    summary = RunSummary("t", 0.95, None, (ROUND, worse), RunOutcome(1, "a"), None, 1.0)
    lines = [part for part in display.summary_tables(summary) if isinstance(part, str)]
    assert any(line.startswith("warning: the result, round 1, is worse") for line in lines)
    assert "full tests have 95% intervals, forecasts 90%" in lines


def test_a_base_that_always_says_no_shows_so():
    counts = AnswerCounts(40, 1, 2, (("no", 38), ("yes\x1b[31m", 1)))
    summary = RunSummary("t", 0.95, None, (replace(ROUND, answers=counts),), None, None, 1.0)
    assert (
        "test of base: 2.5% without a readable answer, 5.0% cut off, most frequent of 40: "
        "no × 38, yes\ufffd[31m × 1"
    ) in list(display.summary_tables(summary))
