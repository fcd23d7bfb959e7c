"""The stages that judge a round: the full test, the forecast from a part of it, and the gate."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.data.score_files import read_matrix
from eval_predict.gain.forecaster import EarlierRound, ItemFeatures
from eval_predict.irt.item_bank import MIN_MODELS
from eval_predict.stats.estimate import Estimate, paired_difference
from iwsi import records
from iwsi.evaluation.features import item_features
from iwsi.evaluation.forecast import RoundForecast, budget_items, forecast_round
from iwsi.evaluation.gate import Decision, decide
from iwsi.evaluation.history import align
from iwsi.files import write_json, write_table
from iwsi.recipe import Forecast
from iwsi.rounds.context import Context, Info, stage_seed
from iwsi.rounds.plan import TARGET, TEST, TRAIN, Stage, answers_of, results_of
from iwsi.sample.engine import Decoding
from iwsi.tasks.answers import extract_answers

GATE_LEVEL = 0.9  # of the gain's interval where the gate judges by full tests


def test(stage: Stage, context: Context, digest: str) -> Info:
    """Run the whole test set greedily."""
    results, answers = stage.outputs
    items = context.read(stage, TEST)
    candidates = context.generate(
        stage, digest, items, _greedy(context), context.root / answers, columns=["text"]
    )
    write_table(context.root / results, _judged(stage, context, items, candidates["text"]))
    return context.info(candidates)


def forecast(stage: Stage, context: Context, digest: str) -> Info:
    """Run a few test items and say what the round was worth."""
    settings = context.forecast or context.recipe.forecast
    if settings is None:
        raise RuntimeError(f"{stage.name} without forecast settings")
    results, said, answers = (context.root / path for path in stage.outputs)
    items = context.read(stage, TEST)
    runner = _Runner(stage, context, digest, items, answers, budget_items(settings, items.num_rows))
    history = _history(stage, context, items)
    told = forecast_round(
        settings,
        items.num_rows,
        _earlier(stage, context, items),
        runner,
        np.random.default_rng(stage_seed(context.recipe, stage)),
        history=history,
        features=_features(stage, context, items),
    )
    write_table(results, runner.table(told.observed))
    target = _target(stage, context, settings, items, told)
    models = len(history.models) if history else 0
    write_json(said, _report(stage, items, settings, told, target, models))
    return {"engine": context.recipe.sample.engine, "items": told.observed.shape[1]}


def gate(stage: Stage, context: Context) -> Info:
    """Decide by the forecast, or by the full tests where every round has one."""
    settings = context.recipe.gate
    if settings is None:
        raise RuntimeError(f"{stage.name} without gate settings")
    earlier = [
        Decision(**context.read_json(stage, path))
        for path in stage.inputs
        if path.endswith("/gate.json")
    ]
    if stage.inputs[0] == results_of(0):
        scores = [
            context.read(stage, results_of(number), ["score"])["score"].to_numpy()
            for number in range(stage.round + 1)
        ]
        gain = paired_difference(scores[-1], scores[-2], GATE_LEVEL)
        over_base = float((scores[-1] - scores[0]).mean())
        by = "full tests"
    else:
        said = context.read_json(stage, stage.inputs[0])
        gain = Estimate.from_dict(said["gain_alone"])
        over_base = said["gain_over_base"]["value"]
        by = "its own items"
    decision = decide(settings, stage.round, gain, over_base, earlier, by)
    write_json(context.root / stage.outputs[0], decision.to_dict())
    return decision.to_dict()


class _Runner:
    """Runs test items in batches, each kept in a folder of its own."""

    def __init__(
        self,
        stage: Stage,
        context: Context,
        digest: str,
        items: pa.Table,
        folder: Path,
        budget: int,
    ) -> None:
        self._stage, self._context, self._digest = stage, context, digest
        self._items, self._folder, self._budget = items, folder, budget
        self._tables: list[pa.Table] = []
        tested = results_of(stage.round) in stage.inputs
        self._tested = context.read(stage, results_of(stage.round)) if tested else None

    def __call__(self, items_n: NDArray[np.intp], batch: int) -> NDArray[np.float64]:
        """Their scores, 0 or 1."""
        if self._tested is not None:
            # The rows of a full test stand in the order of the test set.
            self._tables.append(self._tested.take(items_n))
            return _column(self._tables[-1], "score")
        chosen = self._items.take(items_n)
        done = sum(table.num_rows for table in self._tables)
        context = self._context
        candidates = context.generate(
            self._stage,
            self._digest,
            chosen,
            _greedy(context),
            self._folder / f"batch-{batch:02d}",
            columns=["text"],
            progress=lambda now, _: context.progress(done + now, self._budget),
        )
        self._tables.append(_judged(self._stage, context, chosen, candidates["text"]))
        return _column(self._tables[-1], "score")

    def table(self, observed: Observed) -> pa.Table:
        """All items that were run, as records.FORECAST_RESULTS."""
        table = pa.concat_tables(self._tables)
        columns = {name: table[name] for name in table.column_names}
        columns["probability"] = pa.array(observed.probability_Tn[0], from_pandas=True)
        columns["stage"] = pa.array(observed.stage_n, pa.int32())
        return pa.table(columns, schema=records.FORECAST_RESULTS)


def _greedy(context: Context) -> Decoding:
    sample = context.recipe.sample
    return Decoding(1, 0.0, 1.0, sample.max_tokens, tuple(sample.stop))


def _judged(stage: Stage, context: Context, items: pa.Table, texts: pa.ChunkedArray) -> pa.Table:
    """Items with what the model answered and whether that is right (records.TEST_RESULTS)."""
    extracted = extract_answers(texts.to_pylist(), context.recipe.task.answer)
    gold = items["gold"].to_pylist()
    scores = [float(ours == right) for ours, right in zip(extracted, gold, strict=True)]
    return pa.table(
        {
            "model": [f"{context.root.name}/round-{stage.round}"] * len(scores),
            "item": items["question_id"],
            "score": scores,
            "prompt": items["prompt"],
            "text": texts,
            "answer": extracted,
            "gold": gold,
        },
        schema=records.TEST_RESULTS,
    )


def _earlier(stage: Stage, context: Context, items: pa.Table) -> list[EarlierRound]:
    """What was run of each round before, the base first."""
    where = {item: row for row, item in enumerate(items["question_id"].to_pylist())}
    rounds = []
    for number in range(stage.round):
        name = f"round-{number}"
        full, part = results_of(number), f"{name}/forecast.parquet"
        path = next((path for path in (full, part) if path in stage.inputs), None)
        if path is None:
            continue
        table = context.read(stage, path)
        items_n = np.array([where[item] for item in table["item"].to_pylist()], np.intp)
        observed = Observed(
            items_n[None],
            table["score"].to_numpy()[None],
            np.ones((1, len(items_n))) if path == full else _column(table, "probability")[None],
            np.zeros(len(items_n), int) if path == full else _column(table, "stage").astype(int),
        )
        rounds.append(EarlierRound(name, observed))
    return rounds


def _history(stage: Stage, context: Context, items: pa.Table) -> ScoreMatrix | None:
    for path in stage.inputs:
        if path.endswith("history.parquet"):
            return align(read_matrix(context.root / path), items["question_id"].to_pylist())
    return None


def _features(stage: Stage, context: Context, items: pa.Table) -> ItemFeatures | None:
    """What tells easy items from hard ones before the round is run on them."""
    votes = next((path for path in stage.inputs if path.endswith("votes.parquet")), None)
    if votes is None:
        return None
    base = None
    if answers_of(0) in stage.inputs:
        base = context.read(stage, answers_of(0), ["logprob", "num_tokens"])
    asked = context.read(stage, TRAIN)
    voted = context.read(stage, votes, ["question_id", "vote_share"])
    pairs = zip(voted["question_id"].to_pylist(), voted["vote_share"].to_pylist(), strict=True)
    share = dict(pairs)
    questions = asked["question_id"].to_pylist()
    return item_features(
        items["prompt"].to_pylist(),
        _column(base, "logprob") if base else None,
        _column(base, "num_tokens") if base else None,
        asked["prompt"].to_pylist(),
        np.array([share.get(question) for question in questions], float),
    )


def _target(
    stage: Stage, context: Context, settings: Forecast, items: pa.Table, told: RoundForecast
) -> dict[str, Any] | None:
    if TARGET not in stage.inputs:
        return None
    from iwsi.evaluation.target import target_forecast

    rows_n = told.observed.items_Tn[0]
    base_n = None
    if results_of(0) in stage.inputs:
        base_n = _column(context.read(stage, results_of(0)), "score")[rows_n]
    return target_forecast(
        items.take(rows_n)["prompt"].to_pylist(),
        told.observed.scores_Tn[0],
        base_n,
        context.read(stage, TARGET)["prompt"].to_pylist(),
        level=settings.level,
        seed=context.recipe.seed,
    )


def _report(
    stage: Stage,
    items: pa.Table,
    settings: Forecast,
    told: RoundForecast,
    target: dict[str, Any] | None,
    history_models: int,
) -> dict[str, Any]:
    parts = [told.score, told.gain_over_previous, told.gain_over_base]
    warnings = [w for part in parts if part for w in part.warnings]
    if 0 < history_models < MIN_MODELS:
        warnings.append(f"a history of {history_models} models, too few to use: {MIN_MODELS} are")
    return {
        "round": stage.round,
        "method": settings.method,
        "level": settings.level,
        "items_run": told.observed.shape[1],
        "items": items.num_rows,
        "history_models": history_models,
        "stopped": "known well enough" if told.narrow else "budget spent",
        **told.to_dict(),
        "target": target,
        "warnings": list(dict.fromkeys(warnings)),
    }


def _column(table: pa.Table, name: str) -> NDArray[np.float64]:
    return np.asarray(table[name].to_numpy(), float)
