import io

from rich.console import Console

from iwsi.commands.display import RunDisplay, print_summary

ESTIMATE = {"value": 0.5, "low": 0.4, "high": 0.6, "n_observed": 10}
ROUND = {
    "round": 0,
    "accuracy": ESTIMATE,
    "gain": None,
    "forecast": None,
    "forecast_error": None,
    "gate": None,
    "funnel": None,
    "train": None,
    "seconds": {"test": 3.0},
    "startup_seconds": {"test": 12.0},
    "fixed_cost": {"seconds": 12.0, "share": 0.8, "parts": {"imports": 9.0, "warm_up": 3.0}},
}


FORECAST = {
    "items_run": 50,
    "items": 500,
    "level": 0.9,
    "score": {"value": 0.6, "low": 0.55, "high": 0.65},
    "gain_over_previous": {"value": 0.1, "low": 0.05, "high": 0.15},
    "gain_over_base": {"value": 0.2, "low": None, "high": 0.25},
    "target": None,
    "warnings": ["few items"],
}
GATE = {"passed": False, "reason": "gain -1.0 points; the run ends with round 1"}


def _shown(rounds, task="t", result=None):
    stream = io.StringIO()
    summary = {"task": task, "level": 0.95, "rounds": rounds, "next_stage": None, "seconds": 15}
    summary["result"] = result
    print_summary(Console(file=stream, width=140), summary)
    return stream.getvalue()


def test_accuracy_is_shown_with_its_interval_and_the_round_before():
    funnel = {"sampled": 1500, "answered": 9, "majority": 8, "kept": 7, "dropped": {"tie": 2}}
    gain = {"value": 0.1, "low": -0.05, "high": 0.25}
    first = ROUND | {"round": 1, "funnel": funnel, "gain": gain}
    text = _shown([ROUND, first])
    assert text.count("50.0% [40.0%, 60.0%]") == 3  # base after, round 1 before and after
    assert "+10.0 [-5.0, +25.0]" in text
    assert "1,500" in text
    assert "round 1 dropped: tie 2" in text
    assert "3.0 + 12.0" in text


def test_what_a_round_costs_whatever_its_size_is_told_with_its_parts():
    assert "fixed cost of base: 12.0 s (80%): imports 9.0, warm-up 3.0" in _shown([ROUND])
    nothing = {"seconds": 0.0, "share": 0.0, "parts": {}}
    assert "fixed cost of round 1: 0.0 s (0%)\n" in _shown(
        [ROUND | {"round": 1, "fixed_cost": nothing}]
    )


def test_a_bound_that_nobody_knows_is_not_shown_as_zero():
    unknown = ROUND | {"gain": {"value": 1.0, "low": None, "high": None}}
    assert "+100.0 [?, ?]" in _shown([unknown])


def test_a_forecast_stands_beside_its_error_and_the_decision():
    errors = {"score": -0.01, "gain_over_previous": None, "gain_over_base": 0.013}
    told = {"round": 2, "forecast": FORECAST, "forecast_error": errors, "gate": GATE}
    text = _shown([ROUND | told], result={"round": 1, "adapter": "round-1/adapter"})
    for part in ("50/500", "60.0% [55.0%, 65.0%]", "+10.0 [+5.0, +15.0]", "+20.0 [?, +25.0]"):
        assert part in text
    assert "50.0% (-1.0)" in text  # the full test, and the error of the forecast's score
    assert "failed" in text
    assert "round 2: gate: gain -1.0 points; the run ends with round 1" in text
    assert "round 2: warning: few items" in text
    assert "result: round 1 (round-1/adapter)" in text


def test_the_base_models_forecast_has_no_gain():
    said = FORECAST | {"gain_over_previous": None, "gain_over_base": None}
    text = _shown([ROUND | {"forecast": said}])
    assert "60.0% [55.0%, 65.0%]" in text
    assert "result:" not in text


def test_prompts_without_answers_are_told_apart():
    score = {"value": 0.4, "low": 0.3, "high": 0.5, "method": "bis_auto", "warnings": ["far off"]}
    target = {"score": score, "gain_over_base": None, "items": 1200}
    text = _shown([ROUND | {"forecast": FORECAST | {"target": target}}])
    assert "base: on 1,200 prompts without answers, by bis_auto from their texts: 40.0%" in text
    assert "base: warning on those prompts: far off" in text


def test_samples_too_long_to_train_on_are_told():
    assert "3 kept samples too long" in _shown([ROUND | {"train": {"trained": 9, "too_long": 3}}])


def test_a_name_is_not_taken_for_markup():
    assert "[red]x" in _shown([ROUND], task="[red]x")


def test_where_there_is_no_terminal_lines_are_printed_and_skipped_stages_counted():
    stream = io.StringIO()
    with RunDisplay(Console(file=stream, width=100)) as display:
        display.skip("prepare")
        display.begin("round-0/test")
        display.progress(1, 2)
        display.end("round-0/test", 2.04)
    assert stream.getvalue().splitlines() == [
        "round-0/test     done in 2.0 s",
        "1 stage was done before",
    ]
