import io

from rich.console import Console

from eval_predict.stats.estimate import Estimate
from iwsi.commands.next_round import print_next
from iwsi.rounds.next_round import NextForecast


def _shown(finished, runs):
    found = NextForecast(
        round=3,
        gain=Estimate(0.05, -0.01, 0.11, 0.9, "m", 10),
        accuracy=0.5,
        majority=0.58,
        headroom=0.08,
        unanimous=0.25,
        finished=finished,
        runs=runs,
        probability=0.7,
        least=0.02,
    )
    console = Console(width=120, file=io.StringIO())
    print_next(console, found)
    return console.file.getvalue().splitlines()


def test_the_gain_its_interval_and_what_it_rests_on_are_a_line_each():
    assert _shown(5, 2) == [
        "round 3, before it begins, 90% interval",
        "gain: +5.0 [-1.0, +11.0] points",
        "more than 2.0 points: 70% likely",
        "headroom: +8.0 points, from 50.0% greedy to 58.0% of labelled rows by the last votes",
        "unanimous questions: 25%",
        "fitted to: 5 finished rounds of 2 runs",
    ]


def test_one_is_not_several_and_none_is_reported():
    assert _shown(1, 1)[-1] == "fitted to: 1 finished round of 1 run"
    assert _shown(0, 0)[-1] == "fitted to: no finished round: what it usually is"
