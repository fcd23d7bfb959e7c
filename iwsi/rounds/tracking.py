"""Sends each round's results to the trackers of `train.report_to`."""

import json
from pathlib import Path

from iwsi.files import write_json
from iwsi.recipe import Recipe
from iwsi.rounds.display import Display
from iwsi.rounds.layout import LOGS, RoundFiles
from iwsi.rounds.reports import RoundSummary, RunSummary
from iwsi.train.trackers import log_round, tracked_run

SENT = f"{LOGS}/tracked.json"  # what each tracker has by round, so that nothing is sent twice


def track(root: Path, recipe: Recipe, summary: RunSummary, display: Display) -> None:
    """Send what the trackers do not have yet; one that fails is a warning, and the run goes on."""
    if not recipe.train.report_to:
        return
    sent = _sent(root)
    for row in summary.rounds:
        metrics = round_metrics(row)
        run = tracked_run(recipe, root / RoundFiles.of(row.round).folder)
        for name in recipe.train.report_to:
            key = f"{name}/{row.round}"
            new = {k: v for k, v in metrics.items() if sent.get(key, {}).get(k) != v}
            if not new:
                continue
            try:
                log_round(name, run, new, row.round)
            except Exception as error:  # a library of others, and perhaps a network
                reason = f"{type(error).__name__}: {str(error)[:200]}"
                display.warn(f"{name} did not take round {row.round}'s results ({reason})")
                continue
            sent[key] = metrics
            write_json(root / SENT, sent)


def round_metrics(row: RoundSummary) -> dict[str, float]:
    """A round's results as numbers: accuracy, gains and forecast with bounds, the funnel, the gate.

    Shares lie between 0 and 1; what was not done has no entry.
    """
    forecast, funnel = row.forecast, row.funnel
    estimates = {
        "accuracy": row.accuracy,
        "gain": row.gain,
        "forecast": forecast.score if forecast else None,
        "forecast_gain": forecast.gain_over_previous if forecast else None,
        "vote_accuracy": row.audit.accuracy if row.audit else None,
    }
    found: dict[str, float] = {}
    for name, estimate in estimates.items():
        if estimate is not None:
            found |= {
                f"round/{name}": estimate.value,
                f"round/{name}_low": estimate.low,
                f"round/{name}_high": estimate.high,
            }
    if funnel is not None:
        found |= {
            "round/sampled": funnel.sampled,
            "round/answered": funnel.answered,
            "round/majority": funnel.majority,
            "round/kept": funnel.kept,
            **{f"round/dropped_{reason}": count for reason, count in funnel.dropped.items()},
        }
    if row.train is not None:
        found["round/trained"] = row.train.trained
    if row.gate is not None:
        found["round/gate_passed"] = float(row.gate.passed)
    return found


def _sent(root: Path) -> dict[str, dict[str, float]]:
    try:
        found: dict[str, dict[str, float]] = json.loads((root / SENT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found
