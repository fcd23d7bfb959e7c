"""What a run came to, read from its ledger and its files."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from eval_predict.data.scores import SCORE_SCHEMA
from eval_predict.stats.estimate import Estimate, mean_score, paired_difference
from iwsi.evaluation.gate import Decision
from iwsi.files import write_table
from iwsi.recipe import Recipe
from iwsi.rounds.layout import SCORES, ForecastFiles, RoundFiles, adapter_of
from iwsi.rounds.ledger import Entry, Ledger
from iwsi.rounds.plan import called_for, plan
from iwsi.rounds.reports import (
    FixedCost,
    ForecastError,
    ForecastReport,
    Funnel,
    RoundSummary,
    RunOutcome,
    RunSummary,
    TrainCounts,
)

LEVEL = 0.95


def summarise(root: Path, recipe: Recipe, ledger: Ledger) -> RunSummary:
    """Every round that has begun, the run's result so far, and what comes next."""
    numbers = [number for number in range(recipe.rounds + 1) if _done(ledger, number)]
    rounds = tuple(_round(root, number, ledger) for number in numbers)
    decisions = {each.round: each.gate for each in rounds if each.gate is not None}
    stages = called_for(plan(recipe), decisions)
    waiting = [stage.name for stage in stages if stage.name not in ledger.entries]
    seconds = sum(entry.seconds + entry.startup_seconds for entry in ledger.entries.values())
    return RunSummary(
        task=recipe.task.name,
        level=LEVEL,
        rounds=rounds,
        result=_result(rounds, decisions, gated=recipe.gate is not None),
        next_stage=waiting[0] if waiting else None,
        seconds=round(seconds, 1),
    )


def write_scores(root: Path, ledger: Ledger) -> None:
    """Write `scores.parquet`: model, item, score of every full test of the run."""
    tests = [
        pq.read_table(root / RoundFiles.of(number).results, columns=SCORE_SCHEMA.names)
        for number in tested_rounds(ledger)
    ]
    table, path = pa.concat_tables(tests), root / SCORES
    if not path.exists() or not pq.read_table(path).equals(table):
        write_table(path, table)


def tested_rounds(ledger: Ledger) -> list[int]:
    """The rounds that have a full test, in order."""
    found = (re.fullmatch(r"round-(\d+)/test", name) for name in ledger.entries)
    return sorted(int(match[1]) for match in found if match)


def _done(ledger: Ledger, number: int) -> dict[str, Entry]:
    """The stages of a round that are done, by kind."""
    prefix = f"round-{number}/"
    return {
        name.removeprefix(prefix): entry
        for name, entry in ledger.entries.items()
        if name.startswith(prefix)
    }


def _round(root: Path, number: int, ledger: Ledger) -> RoundSummary:
    done, files = _done(ledger, number), RoundFiles.of(number)
    forecast = None
    if "forecast" in done:
        forecast = ForecastReport.from_dict(_read(root / ForecastFiles.of(files.folder).report))
    return RoundSummary(
        round=number,
        accuracy=mean_score(_scores(root, number), LEVEL) if "test" in done else None,
        gain=_gain(root, number, 0, ledger),
        forecast=forecast,
        forecast_error=_error(root, number, ledger, forecast),
        gate=Decision(**done["gate"].info) if "gate" in done else None,
        funnel=Funnel(**_read(root / files.funnel)) if "select" in done else None,
        train=_train_counts(done),
        seconds={kind: entry.seconds for kind, entry in done.items()},
        startup_seconds={
            kind: entry.startup_seconds for kind, entry in done.items() if entry.startup_seconds
        },
        fixed_cost=_fixed_cost(list(done.values())),
    )


def _train_counts(done: Mapping[str, Entry]) -> TrainCounts | None:
    if "train" not in done:
        return None
    info = done["train"].info
    return TrainCounts(info["trained"], info["too_long"])


def _fixed_cost(stages: Sequence[Entry]) -> FixedCost:
    parts: Counter[str] = Counter()
    for entry in stages:
        parts.update(entry.startup)
    seconds = sum(entry.startup_seconds for entry in stages)
    whole = seconds + sum(entry.seconds for entry in stages)
    return FixedCost(
        seconds=round(seconds, 2),
        share=round(seconds / whole, 3) if whole else 0.0,
        parts={part: round(spent, 2) for part, spent in parts.items()},
    )


def _gain(root: Path, number: int, before: int, ledger: Ledger) -> Estimate | None:
    """Over an earlier round, on the same items; None where one of them has no full test."""
    tested = tested_rounds(ledger)
    if number <= before or number not in tested or before not in tested:
        return None
    return paired_difference(_scores(root, number), _scores(root, before), LEVEL)


def _error(
    root: Path, number: int, ledger: Ledger, forecast: ForecastReport | None
) -> ForecastError | None:
    """How far each part of the forecast was from the full test."""
    if forecast is None or number not in tested_rounds(ledger):
        return None
    return ForecastError(
        forecast.score.value - float(_scores(root, number).mean()),
        _difference(forecast.gain_over_previous, _gain(root, number, number - 1, ledger)),
        _difference(forecast.gain_over_base, _gain(root, number, 0, ledger)),
    )


def _difference(forecast: Estimate | None, truth: Estimate | None) -> float | None:
    return None if forecast is None or truth is None else forecast.value - truth.value


def _result(
    rounds: Sequence[RoundSummary], decisions: Mapping[int, Decision], *, gated: bool
) -> RunOutcome | None:
    """The round that the run stands for as things are: the gate's choice, or the last trained."""
    if gated:
        number = decisions[max(decisions)].result if decisions else None
    else:
        number = max((each.round for each in rounds if each.train is not None), default=None)
    return None if number is None else RunOutcome(number, adapter_of(number))


def _scores(root: Path, number: int) -> NDArray[np.float64]:
    table = pq.read_table(root / RoundFiles.of(number).results, columns=["score"])
    return np.asarray(table["score"].to_numpy(), float)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
