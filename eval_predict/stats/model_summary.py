"""Summaries of the models in a table of scores: each one's mean, and two of them compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval_predict.data.readers import Reading
from eval_predict.errors import UserError, nearest
from eval_predict.stats.difference import paired_difference
from eval_predict.stats.estimate import Estimate, mean_score
from eval_predict.stats.intervals import UNIT, Limits
from eval_predict.stats.run_spread import RunSpread, run_spread, with_runs

_ENOUGH = 100  # scores whose range may stand for the limits of a scale that is not known


@dataclass(frozen=True, slots=True)
class ModelSummary:
    """One model's mean score.

    Attributes:
        model: its name.
        mean: over the items that it was run on.
        missing: items that it was not run on.
        tasks: its mean on each task, where there are several.
        repeats: how often an item was run at most; None where each was run once.
        within_item_variance: the mean variance of an item's repeats; None where it is not known.
        runs: its variance components, where it was run several times; they are in the interval.
    """

    model: str
    mean: Estimate
    missing: int
    tasks: Mapping[str, float] = field(default_factory=dict)
    repeats: int | None = None
    within_item_variance: float | None = None
    runs: RunSpread | None = None

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it; what does not apply is left out."""
        record = {"model": self.model, **self.mean.to_dict(), "missing": self.missing}
        if self.tasks:
            record["tasks"] = dict(self.tasks)
        if self.repeats is not None:
            record["repeats"] = self.repeats
            record["within_item_variance"] = self.within_item_variance
        if self.runs is not None:
            record["runs"] = self.runs.to_dict()
        return record


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference of two models over the items that both were run on.

    Attributes:
        model: the one in question.
        baseline: the one that it is compared with.
        difference: of their means.
        both: items that both were run on.
        of_model: items that the model was run on.
        of_baseline: items that the baseline was run on.
        runs: the variance components of each model that was run several times.
    """

    model: str
    baseline: str
    difference: Estimate
    both: int
    of_model: int
    of_baseline: int
    runs: Mapping[str, RunSpread] = field(default_factory=dict)

    @property
    def items(self) -> dict[str, int]:
        """The three counts of items by name."""
        return {"both": self.both, "model": self.of_model, "baseline": self.of_baseline}

    def to_dict(self) -> dict[str, Any]:
        """The fields as a JSON object."""
        names = {"model": self.model, "baseline": self.baseline, "items": self.items}
        runs = {name: spread.to_dict() for name, spread in self.runs.items()}
        return {**names, **self.difference.to_dict(), **({"runs": runs} if runs else {})}


def summarise_models(reading: Reading, level: float = 0.95) -> list[ModelSummary]:
    """Each model's mean with its interval; models without any score are left out.

    Raises:
        UserError: (a ValueError) on a level that is no probability, and on a single cluster.
    """
    summaries, limits = [], _limits(reading)
    for row, (model, scores_N) in enumerate(
        zip(reading.models, reading.matrix.dense_MN(), strict=True)
    ):
        run_N = ~np.isnan(scores_N)
        if not run_N.any():
            continue
        mean = mean_score(scores_N[run_N], level, clusters=_clusters(reading, run_N), limits=limits)
        spread = _spread_of(reading, model, run_N)
        mean = with_runs(mean, [spread] if spread else [], level, limits or _unit(scores_N[run_N]))
        if limits is None and not UNIT.hold(scores_N[run_N]):
            mean = _with_note(mean, reading)
        missing = int((~run_N).sum())
        tasks = _by_task(reading, scores_N)
        repeats = _within_items(reading, row)
        summaries.append(ModelSummary(model, mean, missing, tasks, *repeats, spread))
    return summaries


def compare_models(reading: Reading, model: str, baseline: str, level: float = 0.95) -> Comparison:
    """The difference of two models' means over the items that both have.

    Raises:
        UserError: (a ValueError) on a model that is not there, and where no item is shared.
    """
    model_N = _scores_of(reading, model, "--model")
    baseline_N = _scores_of(reading, baseline, "--baseline")
    has_model_N, has_baseline_N = ~np.isnan(model_N), ~np.isnan(baseline_N)
    both_N = has_model_N & has_baseline_N
    if not both_N.any():
        raise UserError(
            field="item",
            got=f'"{model}" and "{baseline}" share no item',
            expected="two models scored on the same items",
        )
    difference = paired_difference(
        model_N[both_N],
        baseline_N[both_N],
        level,
        clusters=_clusters(reading, both_N),
        limits=_limits(reading),
    )
    both, of_model, of_baseline = (
        int(kept_N.sum()) for kept_N in (both_N, has_model_N, has_baseline_N)
    )
    runs = {
        name: spread
        for name in (model, baseline)
        if (spread := _spread_of(reading, name, both_N)) is not None
    }
    difference = _difference_with_runs(difference, runs, [model, baseline], level)
    return Comparison(model, baseline, difference, both, of_model, of_baseline, runs)


def _difference_with_runs(
    difference: Estimate, runs: Mapping[str, RunSpread], names: list[str], level: float
) -> Estimate:
    """The runs' spread of both models; a model of one run is taken to vary as the other does."""
    if not runs:
        return difference
    spreads = list(runs.values())
    single = [name for name in names if name not in runs]
    if single:
        spread = spreads[0]
        alone = replace(
            spread,
            run_variance=spread.run_variance * spread.runs,
            mean_variance=spread.mean_variance * spread.runs,
        )
        note = f"{single[0]} has one run: it is taken to vary between runs as the other model does"
        difference = replace(difference, warnings=(*difference.warnings, note))
        spreads.append(alone)
    return with_runs(difference, spreads, level, limits=None)


def _spread_of(reading: Reading, model: str, kept_N: NDArray[np.bool_]) -> RunSpread | None:
    runs = reading.runs.get(model)
    return None if runs is None else run_spread(runs.scores_RN[:, kept_N])


def _unit(scores: NDArray[np.float64]) -> Limits | None:
    return UNIT if UNIT.hold(scores) else None


def _limits(reading: Reading) -> Limits | None:
    """Of an item's score where it can leave [0, 1]: those stated, or the range of many scores."""
    scores_MN = reading.matrix.dense_MN()
    scores = scores_MN[~np.isnan(scores_MN)]
    limits = Limits(reading.scale.low, reading.scale.high)
    has_limits = reading.scale.stated or scores.size >= _ENOUGH
    return limits if has_limits and limits != UNIT and scores.size and limits.hold(scores) else None


def _with_note(mean: Estimate, reading: Reading) -> Estimate:
    """A warning where the interval leaves all scores that were seen."""
    low, high = reading.matrix.range
    if not np.isfinite([mean.low, mean.high]).all() or (low <= mean.low and mean.high <= high):
        return mean
    note = f"the interval leaves the scores seen ({low:g} to {high:g}): their scale is not known"
    return replace(mean, warnings=(*mean.warnings, note))


def _clusters(reading: Reading, kept_N: NDArray[np.bool_]) -> list[str] | None:
    """The clusters of some of the items, None where none was asked for."""
    if not reading.clusters:
        return None
    return [label for label, kept in zip(reading.clusters, kept_N, strict=True) if kept]


def _by_task(reading: Reading, scores_N: NDArray[np.float64]) -> dict[str, float]:
    """The means of the tasks, where there are several."""
    if not reading.tasks:
        return {}
    tasks_N = np.array(reading.tasks)
    means = {}
    for task in dict.fromkeys(reading.tasks):
        task_scores = scores_N[(tasks_N == task) & ~np.isnan(scores_N)]
        if task_scores.size:
            means[task] = float(task_scores.mean())
    return means


def _within_items(reading: Reading, row: int) -> tuple[int | None, float | None]:
    """How often an item was run at most, and how much its repeats vary."""
    if reading.repeats is None:
        return None, None
    variance_N = reading.repeats.variance_MN[row]
    repeated_N = ~np.isnan(variance_N)
    most = int(reading.repeats.count_MN[row].max(initial=0))
    return most, float(variance_N[repeated_N].mean()) if repeated_N.any() else None


def _scores_of(reading: Reading, name: str, option: str) -> NDArray[np.float64]:
    names = reading.models
    if name in names:
        return np.asarray(reading.matrix.dense_MN()[names.index(name)])
    guess = nearest(name, names)
    raise UserError(
        where=option,
        got=f'no model "{name}"',
        expected=f"one of {', '.join(names[:8])}" + (", …" if len(names) > 8 else ""),
        fix=f'Did you mean "{guess}"?' if guess else None,
    )
