"""What a run came to, from its ledger and its files: funnel, scores, decisions, result, time."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from eval_predict.data.scores import SCORE_SCHEMA
from eval_predict.stats.estimate import mean_score, paired_difference
from iwsi.evaluation.gate import Decision
from iwsi.files import write_table
from iwsi.recipe import Recipe
from iwsi.rounds.layout import SCORES, ForecastFiles, RoundFiles, adapter_of
from iwsi.rounds.ledger import Entry, Ledger
from iwsi.rounds.plan import called_for, plan

LEVEL = 0.95


def summarise(root: Path, recipe: Recipe, ledger: Ledger) -> dict[str, Any]:
    """Every round that has begun, the run's result so far, and what comes next."""
    rounds = [
        _round(root, number, ledger) for number in range(recipe.rounds + 1) if _done(ledger, number)
    ]
    decisions = {
        entry["round"]: Decision(**entry["gate"]) for entry in rounds if entry["gate"] is not None
    }
    stages = called_for(plan(recipe), decisions)
    waiting = [stage.name for stage in stages if stage.name not in ledger.entries]
    return {
        "task": recipe.task.name,
        "level": LEVEL,
        "rounds": rounds,
        "result": _result(rounds, decisions, gated=recipe.gate is not None),
        "next_stage": waiting[0] if waiting else None,
        "seconds": round(sum(e.seconds + e.startup_seconds for e in ledger.entries.values()), 1),
    }


def write_scores(root: Path, ledger: Ledger) -> None:
    """Write `scores.parquet`: model, item, score of every full test of the run."""
    tests = [
        pq.read_table(root / RoundFiles.of(number).results, columns=SCORE_SCHEMA.names)
        for number in _tested(ledger)
    ]
    table, path = pa.concat_tables(tests), root / SCORES
    if not path.exists() or not pq.read_table(path).equals(table):
        write_table(path, table)


def _tested(ledger: Ledger) -> list[int]:
    """The rounds that have a full test, in order."""
    found = (re.fullmatch(r"round-(\d+)/test", name) for name in ledger.entries)
    return sorted(int(match[1]) for match in found if match)


def _done(ledger: Ledger, number: int) -> dict[str, Any]:
    """The stages of a round that are done, by kind."""
    return {
        name.rpartition("/")[2]: entry
        for name, entry in ledger.entries.items()
        if name.startswith(f"round-{number}/")
    }


def _round(root: Path, number: int, ledger: Ledger) -> dict[str, Any]:
    done = _done(ledger, number)
    tested = "test" in done
    files = RoundFiles.of(number)
    report = root / ForecastFiles.of(files.folder).report
    forecast = _read(report) if "forecast" in done else None
    return {
        "round": number,
        "accuracy": mean_score(_scores(root, number), LEVEL).to_dict() if tested else None,
        "gain": _gain(root, number, 0, ledger),
        "forecast": forecast,
        "forecast_error": _errors(root, number, ledger, forecast) if forecast and tested else None,
        "gate": done["gate"].info if "gate" in done else None,
        "funnel": _read(root / files.funnel) if "select" in done else None,
        "train": done["train"].info if "train" in done else None,
        "seconds": {kind: entry.seconds for kind, entry in done.items()},
        "startup_seconds": {
            kind: entry.startup_seconds for kind, entry in done.items() if entry.startup_seconds
        },
        "fixed_cost": _fixed_cost(list(done.values())),
    }


def _fixed_cost(stages: list[Entry]) -> dict[str, Any]:
    """What passed before the stages of a round began their work, however much there was of it."""
    parts: Counter[str] = Counter()
    for entry in stages:
        parts.update(entry.startup)
    seconds = sum(entry.startup_seconds for entry in stages)
    whole = seconds + sum(entry.seconds for entry in stages)
    return {
        "seconds": round(seconds, 2),
        "share": round(seconds / whole, 3) if whole else 0.0,
        "parts": {part: round(spent, 2) for part, spent in parts.items()},
    }


def _gain(root: Path, number: int, before: int, ledger: Ledger) -> dict[str, Any] | None:
    """Over an earlier round, on the same items; None where one of them has no full test."""
    tested = [f"round-{each}/test" in ledger.entries for each in (number, before)]
    if number <= before or not all(tested):
        return None
    return paired_difference(_scores(root, number), _scores(root, before), LEVEL).to_dict()


def _errors(
    root: Path, number: int, ledger: Ledger, forecast: dict[str, Any]
) -> dict[str, float | None]:
    """How far each part of the forecast was from the full test (forecast minus truth)."""
    truths = {
        "score": float(_scores(root, number).mean()),
        "gain_over_previous": _value(_gain(root, number, number - 1, ledger)),
        "gain_over_base": _value(_gain(root, number, 0, ledger)),
    }
    return {
        part: forecast[part]["value"] - truth if truth is not None and forecast[part] else None
        for part, truth in truths.items()
    }


def _value(estimate: dict[str, Any] | None) -> float | None:
    return None if estimate is None else float(estimate["value"])


def _result(
    rounds: list[dict[str, Any]], decisions: dict[int, Decision], *, gated: bool
) -> dict[str, Any] | None:
    """The round that the run stands for as things are: the gate's choice, or the last trained."""
    if gated:
        number = decisions[max(decisions)].result if decisions else None
    else:
        trained = [entry["round"] for entry in rounds if entry["train"] is not None]
        number = trained[-1] if trained else None
    if number is None:
        return None
    adapter = adapter_of(number)
    return {"round": number, "adapter": adapter}


def _scores(root: Path, number: int) -> NDArray[np.float64]:
    table = pq.read_table(root / RoundFiles.of(number).results, columns=["score"])
    return np.asarray(table["score"].to_numpy(), float)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
