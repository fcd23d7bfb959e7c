"""Keeps what finished stages show of this machine, for the next estimate."""

import math

from iwsi.cost.counts import Counts, Work, work_tokens
from iwsi.cost.rates import OPERATIONS, doing, keep_rate, keep_start, keep_voted
from iwsi.recipe import Recipe
from iwsi.rounds.ledger import Entry, Ledger
from iwsi.rounds.reports import RunSummary
from iwsi.rounds.stage import AnyStage

LEAST_SECONDS = 2.0  # a shorter stage says little: its clock and its first steps count too much


def record_rate(stage: AnyStage, recipe: Recipe, ledger: Ledger) -> None:
    """Keep the operations a second of a stage that has just been done, and its start."""
    entry, prepared = ledger.entries[stage.name], ledger.entries.get("prepare")
    if prepared is None or "counts" not in prepared.info:  # a run of an earlier version
        return
    counts, parameters = Counts(**prepared.info["counts"]), prepared.info["parameters"]
    work, tokens = _done(stage, entry, recipe, counts)
    if work is None or entry.seconds < LEAST_SECONDS:
        return
    operations = OPERATIONS[work] * parameters * tokens
    keep_rate(doing(work, counts.labels), parameters, operations, entry.seconds)
    if "model" in entry.startup:  # a process that was there already started nothing
        keep_start(parameters, entry.startup_seconds)


def record_voted(recipe: Recipe, ledger: Ledger, summary: RunSummary) -> None:
    """Keep which share of the last round's candidates agreed with their majority."""
    funnels = [r.funnel for r in summary.rounds if r.funnel and r.funnel.sampled]
    if funnels and recipe.sample.method != "exact" and "prepare" in ledger.entries:
        parameters = ledger.entries["prepare"].info["parameters"]
        keep_voted(recipe.task.name, parameters, funnels[-1].majority / funnels[-1].sampled)


def _done(
    stage: AnyStage, entry: Entry, recipe: Recipe, counts: Counts
) -> tuple[Work | None, float]:
    """The kind of work of a stage, and the tokens that it read or wrote."""
    once = recipe.model_copy(update={"rounds": 1})
    row = counts.few_shot * recipe.train.few_shot + counts.prompt + counts.answer
    match stage.kind.name:
        case "sample":
            tokens = work_tokens(once, counts)["sample"]
            if counts.labels is None and "tokens" in entry.info:
                expected = counts.questions * recipe.sample.n * counts.answer
                tokens += entry.info["tokens"] - expected
            return "sample", tokens
        case "weigh":
            return "score", work_tokens(once, counts)["score"]
        case "train":
            return "train", entry.info.get("trained", 0) * recipe.train.epochs * row
        case "warm_start" if recipe.warm_start:
            epochs = recipe.warm_start.epochs or recipe.train.epochs
            return "train", counts.warm * epochs * row
        case "test":
            only = {"warm_start": None, "forecast": None}
            test = recipe.test.model_copy(update={"full": "final"})  # two full tests
            alone = once.model_copy(update={**only, "test": test})
            return "test", work_tokens(alone, counts)["test"] / 2
        case _:
            return None, math.nan
