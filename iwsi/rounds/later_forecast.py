"""`iwsi forecast`: what a round of a run was worth, with other settings or more history."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from eval_predict.errors import UserError
from iwsi.evaluation.forecast import budget_items
from iwsi.evaluation.history import read_history, refuse_itself, write_history
from iwsi.files import as_json, file_digest, files_of, value_digest
from iwsi.recipe import Forecast, Recipe
from iwsi.rounds.display import Display
from iwsi.rounds.layout import TEST, RoundFiles, forecast_folder, forecast_history
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.reports import ForecastReport
from iwsi.rounds.run_dir import open_run, read_recipe
from iwsi.rounds.stage import AnyStage
from iwsi.rounds.stages import forecast
from iwsi.rounds.workers import Workers


@dataclass(frozen=True, slots=True)
class ForecastRequest:
    """The settings that differ from the run's own forecast; None: no difference."""

    number: int | None = None
    budget: float | None = None
    method: str | None = None
    history: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class RunForecast:
    """A forecast beside the full test of its round, where there is one.

    Attributes:
        report: what it says.
        truth: the full test's score.
        error: of the forecast's score, against it.
        path: the report's file.
    """

    report: ForecastReport
    truth: float | None
    error: float | None
    path: Path

    def to_dict(self) -> dict[str, Any]:
        """A JSON object: the report's fields, and the others beside them."""
        fields = {"truth": self.truth, "error": self.error, "path": str(self.path)}
        return {**as_json(self.report), **fields}


def forecast_run(root: Path, request: ForecastRequest, display: Display) -> RunForecast:
    """Forecast one round of a run; what was run for the same question before is used again.

    Raises:
        UserError: no such round, a budget or history that will not do.
        WorkerError: the engine failed.
    """
    recipe = read_recipe(root)
    with open_run(root):
        ledger = Ledger(root)
        number = _round(root, ledger, request.number)
        settings = _settings(recipe, request)
        items = pq.read_table(root / TEST, columns=["question_id"])["question_id"].to_pylist()
        budget_items(settings, len(items))
        folder = _folder(ledger, number, settings, request.history)
        history = None
        if request.history:
            refuse_itself(request.history, root)
            history = forecast_history(folder)
            found = read_history(request.history, items)
            for note in found.notes:
                display.note(note)
            write_history(found.matrix, root / history)
        stage = forecast.stage(recipe, number, _evidence(ledger, number), folder, history)
        path = root / stage.outputs.report
        if path.exists():
            display.skip(stage.name)
        else:
            _run(root, stage, settings, display)
    report = ForecastReport.from_dict(json.loads(path.read_text(encoding="utf-8")))
    truth = _truth(root, ledger, number)
    error = None if truth is None else report.score.value - truth
    return RunForecast(report, truth, error, path)


def _run(root: Path, stage: AnyStage, settings: Forecast, display: Display) -> None:
    with Workers(root, display) as workers:
        done = workers.run(stage, value_digest(stage.writes), settings)
    display.end(stage.name, done.seconds + done.startup_seconds)


def _round(root: Path, ledger: Ledger, number: int | None) -> int:
    trained = [
        int(name.removeprefix("round-").removesuffix("/train"))
        for name in ledger.entries
        if name.endswith("/train")
    ]
    if number in trained or (number is None and trained):
        return max(trained) if number is None else number
    raise UserError(
        where=str(root),
        field="--round",
        got="none given" if number is None else str(number),
        expected=f"a round that was trained: {', '.join(map(str, trained)) or 'there is none yet'}",
        fix=None if trained else "Train one first: iwsi run RECIPE --until train.",
    )


def _settings(recipe: Recipe, request: ForecastRequest) -> Forecast:
    if request.budget is not None and request.budget <= 0:
        raise UserError(
            field="--budget",
            got=f"{request.budget:g}",
            expected="a share of the test items, such as 0.1, or their number",
        )
    given = {"budget": request.budget, "method": request.method}
    settings = (recipe.forecast or Forecast()).model_dump()
    return Forecast.model_validate(settings | {k: v for k, v in given.items() if v is not None})


def _folder(ledger: Ledger, number: int, settings: Forecast, history: Sequence[Path]) -> str:
    """A folder for each combination of settings and of the rounds' state up to this round."""
    files = {str(p): [file_digest(f) for f in files_of(p)] for p in history if p.exists()}
    rounds = tuple(f"round-{earlier}/" for earlier in range(number + 1))
    digests = {name: e.digest for name, e in ledger.entries.items() if name.startswith(rounds)}
    request_digest = value_digest(
        {"settings": settings.model_dump(mode="json"), "history": files, "known": digests}
    )
    return forecast_folder(number, request_digest[:8])


def _evidence(ledger: Ledger, number: int) -> dict[int, forecast.Evidence]:
    evidence: dict[int, forecast.Evidence] = {}
    for before in range(number + 1):
        if f"round-{before}/test" in ledger.entries:
            evidence[before] = "test"
        elif before < number and f"round-{before}/forecast" in ledger.entries:
            evidence[before] = "forecast"
    return evidence


def _truth(root: Path, ledger: Ledger, number: int) -> float | None:
    if f"round-{number}/test" not in ledger.entries:
        return None
    scores = pq.read_table(root / RoundFiles.of(number).results, columns=["score"])["score"]
    return float(scores.to_numpy().mean())
