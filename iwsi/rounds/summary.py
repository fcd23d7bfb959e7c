"""The summary of a run, read from its ledger and its files."""

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
from eval_predict.stats.difference import paired_difference
from eval_predict.stats.estimate import Estimate, mean_score
from iwsi.audit.record import AuditRecord, VoteAudit
from iwsi.evaluation.diversity import RoundDiversity
from iwsi.evaluation.gate import Decision
from iwsi.files import read_table, write_table
from iwsi.recipe import Recipe
from iwsi.rounds.decisions import read_decision
from iwsi.rounds.layout import SCORES, START, ForecastFiles, RoundFiles, adapter_of
from iwsi.rounds.ledger import Entry, Ledger
from iwsi.rounds.plan import called_for, plan
from iwsi.rounds.reports import (
    AnswerCounts,
    FixedCost,
    ForecastError,
    ForecastReport,
    Funnel,
    PairFunnel,
    RoundSummary,
    RunOutcome,
    RunSummary,
    TrainCounts,
)

LEVEL = 0.95
_FREQUENT = 5  # answers that are counted by name


def summarise(root: Path, recipe: Recipe, ledger: Ledger) -> RunSummary:
    """Every round that has begun, the run's result so far, and what comes next."""
    done = _done(ledger)
    started = [START] if recipe.warm_start and START in done else []
    numbers = [n for n in range(recipe.rounds + 1) if RoundFiles.of(n).folder in done]
    reader = _Reader(root, done, START if recipe.warm_start else RoundFiles.of(0).folder)
    rounds = tuple(reader.round(number) for number in numbers)
    decisions = {row.round: row.gate for row in rounds if row.gate is not None}
    stages = called_for(plan(recipe), decisions)
    waiting = [stage.name for stage in stages if stage.name not in ledger.entries]
    seconds = sum(entry.seconds + entry.startup_seconds for entry in ledger.entries.values())
    return RunSummary(
        task=recipe.task.name,
        level=LEVEL,
        start=reader.summary(0, RoundFiles.start()) if started else None,
        rounds=rounds,
        result=_result(recipe, rounds, decisions),
        next_stage=waiting[0] if waiting else None,
        seconds=round(seconds, 1),
    )


def write_scores(root: Path, ledger: Ledger) -> None:
    """Write `scores.parquet`: model, item, score of every full test of the run."""
    tests = [
        pq.read_table(root / files.results, columns=SCORE_SCHEMA.names) for files in _tested(ledger)
    ]
    table, path = pa.concat_tables(tests), root / SCORES
    if not _holds(path, table):
        write_table(path, table)


def _holds(path: Path, table: pa.Table) -> bool:
    try:
        return bool(path.exists() and pq.read_table(path).equals(table))
    except (pa.ArrowException, OSError):  # it is damaged
        return False


def _tested(ledger: Ledger) -> list[RoundFiles]:
    """The rounds that have a full test, in order, a base model before a warm start first."""
    found = (re.fullmatch(r"round-(\d+)/test", name) for name in ledger.entries)
    numbers = sorted(int(match[1]) for match in found if match)
    start = [RoundFiles.start()] if f"{START}/test" in ledger.entries else []
    return [*start, *map(RoundFiles.of, numbers)]


def _done(ledger: Ledger) -> dict[str, dict[str, Entry]]:
    """The stages that are done: for each folder, such as a round's, those in it by kind."""
    found: dict[str, dict[str, Entry]] = {}
    for name, entry in ledger.entries.items():
        folder, _, kind = name.rpartition("/")
        found.setdefault(folder, {})[kind] = entry
    return found


class _Reader:
    """Reads rounds of a run; `base` is the folder of the base model's results."""

    def __init__(self, root: Path, done: dict[str, dict[str, Entry]], base: str) -> None:
        self._root, self._done, self._base = root, done, base
        self._read: dict[str, NDArray[np.float64]] = {}  # scores of full tests, by folder
        self._held: tuple[str, pa.Table] | None = None

    def round(self, number: int) -> RoundSummary:
        return self.summary(number, RoundFiles.of(number))

    def summary(self, number: int, files: RoundFiles) -> RoundSummary:
        done = self._done.get(files.folder, {})
        forecast = None
        if "forecast" in done:
            report = ForecastFiles.of(files.folder).report
            forecast = ForecastReport.from_dict(self._json(report))
        scores = self._scores(files.folder)
        return RoundSummary(
            round=number,
            accuracy=None if scores is None else mean_score(scores, LEVEL),
            gain=self._gain(files.folder, self._base),
            forecast=forecast,
            forecast_error=self._error(number, files.folder, forecast),
            gate=read_decision(self._root, number) if "gate" in done else None,
            audit=self._audit(files) if "audit" in done else None,
            diversity=self._diversity(files) if "diversity" in done else None,
            funnel=Funnel(**self._json(files.funnel)) if "select" in done else None,
            pairs=PairFunnel(**self._json(files.pair_funnel)) if "pair" in done else None,
            train=_train_counts(done),
            seconds={kind: entry.seconds for kind, entry in done.items()},
            startup_seconds={
                kind: entry.startup_seconds for kind, entry in done.items() if entry.startup_seconds
            },
            fixed_cost=_fixed_cost(list(done.values())),
            answers=None if scores is None else self._answers(files),
        )

    def _gain(self, folder: str, before: str) -> Estimate | None:
        """The gain over another round on the same items; None where one has no full test."""
        ours, theirs = self._scores(folder), self._scores(before)
        if folder == before or ours is None or theirs is None:
            return None
        return paired_difference(ours, theirs, LEVEL)

    def _error(
        self, number: int, folder: str, forecast: ForecastReport | None
    ) -> ForecastError | None:
        """How far each part of the forecast was from the full test."""
        scores = self._scores(folder)
        if forecast is None or scores is None:
            return None
        # What forecasts call the base: for a warm start the base model, else round 0.
        base = RoundFiles.of(0).folder if number else self._base
        previous = RoundFiles.of(number - 1).folder if number else self._base
        return ForecastError(
            forecast.score.value - float(scores.mean()),
            _difference(forecast.gain_over_previous, self._gain(folder, previous)),
            _difference(forecast.gain_over_base, self._gain(folder, base)),
        )

    def _audit(self, files: RoundFiles) -> VoteAudit:
        return AuditRecord.from_dict(self._json(files.audit)).votes

    def _diversity(self, files: RoundFiles) -> RoundDiversity:
        return RoundDiversity.from_dict(self._json(files.diversity))

    def _scores(self, folder: str) -> NDArray[np.float64] | None:
        """Scores of the full test, if it is done."""
        if "test" not in self._done.get(folder, {}):
            return None
        if folder not in self._read:
            scores = self._results(folder)["score"]
            self._read[folder] = np.asarray(scores.to_numpy(), float)
        return self._read[folder]

    def _results(self, folder: str) -> pa.Table:
        """Scores and answers of a full test, of which the last one read is held."""
        if self._held is None or self._held[0] != folder:
            path = self._root / RoundFiles.at(folder).results
            with pq.ParquetFile(path) as file:  # quicker than read_table for a thousand rounds
                self._held = folder, file.read(columns=["score", "answer"])
        return self._held[1]

    def _answers(self, files: RoundFiles) -> AnswerCounts:
        """Counts over the full test's texts."""
        answers = self._results(files.folder)["answer"]
        counts = Counter(answer for answer in answers.to_pylist() if answer is not None)
        cut_off = None
        if (self._root / files.answers).is_dir():
            finish = read_table(self._root / files.answers, ["finish_reason"])["finish_reason"]
            cut_off = finish.to_pylist().count("length")
        frequent = tuple(counts.most_common(_FREQUENT))
        return AnswerCounts(len(answers), answers.null_count, cut_off, frequent)

    def _json(self, path: str) -> Any:
        return json.loads((self._root / path).read_text(encoding="utf-8"))


def _train_counts(done: Mapping[str, Entry]) -> TrainCounts | None:
    entry = done.get("train") or done.get("warm_start")
    if entry is None:
        return None
    info = entry.info
    return TrainCounts(info["trained"], info["too_long"], info.get("replayed") or 0)


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


def _difference(forecast: Estimate | None, truth: Estimate | None) -> float | None:
    return None if forecast is None or truth is None else forecast.value - truth.value


def _result(
    recipe: Recipe, rounds: Sequence[RoundSummary], decisions: Mapping[int, Decision]
) -> RunOutcome | None:
    """The result so far: the gate's choice, or the last trained round."""
    if recipe.gate is not None:
        number = decisions[max(decisions)].result if decisions else None
    else:
        number = max((row.round for row in rounds if row.train is not None), default=None)
    return None if number is None else RunOutcome(number, adapter_of(recipe, number))
