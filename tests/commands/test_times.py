import io
from dataclasses import replace

from rich.console import Console

from eval_predict.stats.estimate import Estimate
from iwsi.commands.display import print_summary
from iwsi.rounds.reports import (
    FixedCost,
    RoundSummary,
    RunSummary,
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


def _shown(rounds, task="t", result=None, start=None):
    stream = io.StringIO()
    summary = RunSummary(task, 0.95, start, tuple(rounds), result, None, 15.0)
    print_summary(Console(file=stream, width=140), summary)
    return stream.getvalue()


def test_the_fixed_cost_of_a_round_is_shown_with_its_parts():
    assert "fixed cost of base: 12.0 s (80%): imports 9.0, warm-up 3.0" in _shown([ROUND])
    nothing = replace(ROUND, round=1, fixed_cost=FixedCost(0.0, 0.0, {}))
    assert "fixed cost of round 1: 0.0 s (0%)\n" in _shown([nothing])


def test_stages_are_shown_in_the_order_in_which_they_were_done():
    seconds = {"sample": 2.0, "vote": 0.01, "train": 4.0, "test": 1.0, "gate": 0.0}
    text = _shown([ROUND, replace(ROUND, round=1, seconds=seconds)])
    [heading] = [line for line in text.splitlines() if "sample" in line and "train" in line]
    assert heading.index("sample") < heading.index("train") < heading.index("test")
    assert "vote" not in heading  # too quick to have a column
