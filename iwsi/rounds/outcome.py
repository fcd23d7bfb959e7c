"""Warnings about a run's result, before it is used."""

from eval_predict.stats.estimate import Estimate
from iwsi.rounds.reports import RunSummary


def result_warning(summary: RunSummary) -> str | None:
    """A sentence where the result is surely worse than the base model, else None.

    Surely: the whole interval of its gain lies below zero, by the full tests or, without them, by
    the forecast.
    """
    if summary.result is None:
        return None
    number = summary.result.round
    result = next((row for row in summary.rounds if row.round == number), None)
    if result is None:
        return None
    forecast = result.forecast.gain_over_base if result.forecast else None
    gain, by = (result.gain, "full tests") if result.gain else (forecast, "the forecast")
    if gain is None or not gain.high < 0:
        return None
    return (
        f"the result, round {number}, is worse than the base model: {_points(gain)} points by {by}"
    )


def _points(gain: Estimate) -> str:
    low, high = 100 * gain.low, 100 * gain.high
    return f"{100 * gain.value:+.1f} [{low:+.1f}, {high:+.1f}]"
