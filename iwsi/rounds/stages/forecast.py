"""The gain of a round, estimated from a part of the test items."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.data.score_files import read_matrix
from eval_predict.gain.forecaster import EarlierRound, ItemFeatures
from eval_predict.irt.item_bank import MIN_MODELS
from iwsi.errors import InternalError
from iwsi.evaluation.features import item_features
from iwsi.evaluation.forecast import RoundForecast, budget_items, forecast_round
from iwsi.evaluation.history import align
from iwsi.evaluation.target import TargetForecast, target_forecast
from iwsi.files import as_json, write_json, write_table
from iwsi.recipe import Forecast, Recipe
from iwsi.rounds import layout
from iwsi.rounds.context import GREEDY, Context, EngineInputs, Info
from iwsi.rounds.item_runner import ItemRunner
from iwsi.rounds.layout import ForecastFiles, RoundFiles, adapter_of
from iwsi.rounds.reports import ForecastReport
from iwsi.rounds.stage import FEW_SHOT, Kind, Stage

# What a run has of an earlier round.
Evidence = Literal["test", "forecast"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The results of an earlier round: of its full test, or of its forecast.

    Before round 0 there is the base model where round 0 is a warm start: number -1.
    """

    number: int
    results: str
    is_full: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs(EngineInputs):
    """The items, the rounds before, and features that predict how hard an item is.

    `results` are those of the round's own full test, where there is one: items are then looked up
    instead of run.
    """

    test: str
    earlier: tuple[Earlier, ...]
    results: str | None
    base_answers: str | None
    history: str | None
    target: str | None
    train: str | None
    votes: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The items that were run (records.FORECAST_RESULTS), the report, and the texts by batch."""

    results: str
    report: str
    answers: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    settings = context.recipe.forecast
    if settings is None:
        raise InternalError(f"{context.name} without forecast settings")
    items = context.read(inputs.test)
    budget = budget_items(settings, items.num_rows)
    tested = context.read(inputs.results) if inputs.results else None
    runner = ItemRunner(context, inputs, items, context.path(outputs.answers), budget, tested)
    history = _history(context, inputs, items)
    found = forecast_round(
        settings,
        items.num_rows,
        _earlier(context, inputs, items),
        runner,
        context.rng(),
        history=history,
        features=_features(context, inputs, items),
    )
    write_table(context.path(outputs.results), runner.table(found.observed))
    target = _target(context, inputs, settings, items, found)
    models = len(history.models) if history else 0
    report = _report(context.round, items.num_rows, settings, found, target, models)
    write_json(context.path(outputs.report), as_json(report))
    return {"engine": context.recipe.sample.engine, "items": found.observed.shape[1]}


def _earlier(context: Context, inputs: Inputs, items: pa.Table) -> list[EarlierRound]:
    """The observed scores of each earlier round, the base first."""
    where = {item: row for row, item in enumerate(items["question_id"].to_pylist())}
    rounds = []
    for earlier in inputs.earlier:
        table, full = context.read(earlier.results), earlier.is_full
        items_n = np.array([where[item] for item in table["item"].to_pylist()], np.intp)
        observed = Observed(
            items_n[None],
            table["score"].to_numpy()[None],
            np.ones((1, len(items_n))) if full else _column(table, "probability")[None],
            np.zeros(len(items_n), int) if full else _column(table, "stage").astype(int),
        )
        rounds.append(EarlierRound(f"round-{earlier.number}", observed))
    return rounds


def _history(context: Context, inputs: Inputs, items: pa.Table) -> ScoreMatrix | None:
    if inputs.history is None:
        return None
    return align(read_matrix(context.path(inputs.history)), items["question_id"].to_pylist())


def _features(context: Context, inputs: Inputs, items: pa.Table) -> ItemFeatures | None:
    """Features that separate easy items from hard ones before the round is run on them."""
    if inputs.votes is None or inputs.train is None:
        return None
    base = None
    if inputs.base_answers:
        base = context.read(inputs.base_answers, ["logprob", "num_tokens"])
    questions = context.read(inputs.train)
    votes = context.read(inputs.votes, ["question_id", "vote_share"])
    share_of = dict(
        zip(votes["question_id"].to_pylist(), votes["vote_share"].to_pylist(), strict=True)
    )
    return item_features(
        items["prompt"].to_pylist(),
        _column(base, "logprob") if base else None,
        _column(base, "num_tokens") if base else None,
        questions["prompt"].to_pylist(),
        np.array([share_of.get(name) for name in questions["question_id"].to_pylist()], float),
    )


def _target(
    context: Context, inputs: Inputs, settings: Forecast, items: pa.Table, found: RoundForecast
) -> TargetForecast | None:
    if inputs.target is None:
        return None
    rows_n = found.observed.items_Tn[0]
    base = next((e for e in inputs.earlier if e.number <= 0 and e.is_full), None)
    base_n = _column(context.read(base.results), "score")[rows_n] if base else None
    return target_forecast(
        items.take(rows_n)["prompt"].to_pylist(),
        found.observed.scores_Tn[0],
        base_n,
        context.read(inputs.target)["prompt"].to_pylist(),
        level=settings.level,
        seed=context.recipe.seed,
    )


def _report(
    number: int,
    items: int,
    settings: Forecast,
    found: RoundForecast,
    target: TargetForecast | None,
    history_models: int,
) -> ForecastReport:
    parts = [found.score, found.gain_over_previous, found.gain_over_base]
    warnings = [w for part in parts if part for w in part.warnings]
    if 0 < history_models < MIN_MODELS:
        warnings.append(f"a history of {history_models} models, too few to use: {MIN_MODELS} are")
    return ForecastReport(
        round=number,
        method=settings.method,
        level=settings.level,
        items_run=found.observed.shape[1],
        items=items,
        history_models=history_models,
        stopped="known well enough" if found.narrow else "budget spent",
        score=found.score,
        gain_over_previous=found.gain_over_previous,
        gain_over_base=found.gain_over_base,
        gain_alone=found.gain_alone,
        target=target,
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _column(table: pa.Table, name: str) -> NDArray[np.float64]:
    return np.asarray(table[name].to_numpy(), float)


KIND = Kind(
    name="forecast",
    stream=7,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=(*FEW_SHOT, "task.separator", "task.answer", *GREEDY, "forecast"),
    process="engine",
    reads_model=True,
)


def stage(
    recipe: Recipe,
    number: int,
    evidence: Mapping[int, Evidence],
    folder: str | None = None,
    history: str | None = None,
) -> Stage[Inputs, Outputs]:
    """The forecast of a round from what is known before it.

    Args:
        recipe: the run's recipe.
        number: the round.
        evidence: what there is of the rounds before: a full test, or a forecast. Where the round
            itself has a full test, items are looked up there instead of run.
        folder: where the results go; default: the round's own folder.
        history: a file of other models' scores in place of the run's own.
    """
    files = RoundFiles.of(number)
    earlier = tuple(
        Earlier(number=before, results=_results_of(before, kind), is_full=kind == "test")
        for before, kind in evidence.items()
        if before < number
    )
    base_tested = number > 0 and evidence.get(0) == "test"
    inputs = Inputs(
        test=layout.TEST,
        lengths=layout.LENGTHS,
        adapter=adapter_of(recipe, number),
        earlier=earlier if number else _before_warm_start(recipe),
        results=files.results if number in evidence else None,
        base_answers=RoundFiles.of(0).answers if base_tested else None,
        history=history or _declared_history(recipe),
        target=_declared_target(recipe),
        train=layout.TRAIN if number else None,
        votes=files.votes if number else None,
    )
    return _stage(number, inputs, folder or files.folder, files.folder)


def start_stage(recipe: Recipe) -> Stage[Inputs, Outputs]:
    """The stage of the base model, where round 0 is a warm start."""
    inputs = Inputs(
        test=layout.TEST,
        lengths=layout.LENGTHS,
        adapter=None,
        earlier=(),
        results=None,
        base_answers=None,
        history=_declared_history(recipe),
        target=_declared_target(recipe),
        train=None,
        votes=None,
    )
    return _stage(0, inputs, layout.START, layout.START)


def _stage(number: int, inputs: Inputs, folder: str, name: str) -> Stage[Inputs, Outputs]:
    files = ForecastFiles.of(folder)
    outputs = Outputs(results=files.results, report=files.report, answers=files.answers)
    return Stage(KIND, number, inputs, outputs, name)


def _before_warm_start(recipe: Recipe) -> tuple[Earlier, ...]:
    """The base model's results, where round 0 has an adapter of its own."""
    if recipe.warm_start is None:
        return ()
    base, tested = RoundFiles.start(), recipe.test.full != "never"
    results = base.results if tested else ForecastFiles.of(base.folder).results
    return (Earlier(number=-1, results=results, is_full=tested),)


def _declared_history(recipe: Recipe) -> str | None:
    return layout.HISTORY if recipe.forecast and recipe.forecast.history else None


def _declared_target(recipe: Recipe) -> str | None:
    return layout.TARGET if recipe.forecast and recipe.forecast.target else None


def _results_of(number: int, evidence: Evidence) -> str:
    files = RoundFiles.of(number)
    return files.results if evidence == "test" else ForecastFiles.of(files.folder).results
