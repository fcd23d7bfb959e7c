"""The display of a forecast for the next round."""

from rich.console import Console

from iwsi.commands.display import PERCENT, POINTS, interval
from iwsi.rounds.next_round import NextForecast


def print_next(console: Console, found: NextForecast) -> None:
    """The gain with its interval, and what it rests on."""
    rests = "no finished round: what it usually is"
    if found.finished:
        rests = f"{found.finished} finished rounds of {found.runs} runs"
        rests = rests.replace("1 finished rounds", "1 finished round").replace("1 runs", "1 run")
    lines = [
        f"round {found.round}, before it begins, {found.gain.level:.0%} interval",
        f"gain: {interval(found.gain, POINTS)} points",
        f"more than {100 * found.least:.1f} points: {found.probability:.0%} likely",
        f"headroom: {POINTS.format(100 * found.headroom)} points, from "
        f"{PERCENT.format(100 * found.accuracy)} greedy to {PERCENT.format(100 * found.majority)} "
        "of labelled rows by the last votes",
        f"unanimous questions: {found.unanimous:.0%}",
        f"fitted to: {rests}",
    ]
    for line in lines:
        console.print(line, markup=False, highlight=False)
