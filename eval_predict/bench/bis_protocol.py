"""The protocol: real benchmarks as source and target, every method beside its baselines."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval_predict.bench.bis_problems import Benchmark, Problem, across, pooled, split, subsample
from eval_predict.bench.bis_shifts import SHIFTS
from eval_predict.bench.runner import Progress
from eval_predict.bis.bis import ArrayBIS
from eval_predict.bis.ratios import check_ratio
from eval_predict.bis.weights import Truncation
from eval_predict.errors import UserError

COMPARED = ("source_mean", "direct", "doubly_robust", "auto")
FLOOR = "floor"
ITEMS_MEAN = "items_mean"
_REACH = 1.6449  # of a 90% interval, in standard deviations
_RATIO = "classifier"  # the ratio behind doubly_robust, whatever densities are compared


@dataclass(frozen=True, slots=True)
class BisRow:
    """One estimate beside the truth.

    Attributes:
        source: name of the source, names joined by + where they are pooled.
        target: name of the target.
        shift: how a benchmark was split against itself; empty for two benchmarks.
        model: whose score.
        method: one of `COMPARED`, or a density, with the settings that vary in brackets;
            `items_mean`, the mean of the target items that were run; `floor`, the error that the
            sampling of both benchmarks' items would cause if the shift were known.
        estimate: the estimated mean score.
        truth: the mean of the model's scores on the target.
        error: estimate less truth.
        low: of the 90% interval.
        high: of the 90% interval.
        ess: effective number of source items behind the weights; of all items without weights.
        seed: of split and fit.
    """

    source: str
    target: str
    shift: str
    model: str
    method: str
    estimate: float
    truth: float
    error: float
    low: float
    high: float
    ess: float
    seed: int


@dataclass(frozen=True, slots=True)
class Grid:
    """The compared methods; a setting with several values stands behind the density's name.

    Attributes:
        densities: names from `RATIOS`.
        truncations: percentiles, or "psis".
        samples: K of the importance-weighted autoencoder.
        components: of the embedding's PCA; None for all dimensions.
        source_sizes: source items drawn at random; None for all.
        observed: target items drawn at random whose scores are given to `auto`.
    """

    densities: tuple[str, ...] = (_RATIO,)
    truncations: tuple[Truncation, ...] = (0.9,)
    samples: tuple[int, ...] = (10,)
    components: tuple[int | None, ...] = (32,)
    source_sizes: tuple[int | None, ...] = (None,)
    observed: tuple[int, ...] = (0,)

    def label(
        self,
        name: str,
        components: int | None,
        size: int | None,
        samples: int = 0,
        cut: Truncation = 0,
        observed: int = 0,
    ) -> str:
        """A method's name with those of its settings that vary."""
        varying: dict[str, tuple[Any, tuple[Any, ...]]] = {
            "truncate": (cut, self.truncations),
            "samples": (samples, self.samples),
            "pca": (components, self.components),
            "source": (size, self.source_sizes),
            "observed": (observed, self.observed),
        }
        if name in (*COMPARED, FLOOR, ITEMS_MEAN):
            del varying["truncate"]
        if name not in ("auto", ITEMS_MEAN):
            del varying["observed"]
        if name != "iwae":
            del varying["samples"]
        settings = [
            f"{key}={'all' if value is None else value}"
            for key, (value, values) in varying.items()
            if len(values) > 1
        ]
        return f"{name}[{','.join(settings)}]" if settings else name


def run_protocol(
    benchmarks: Sequence[Benchmark],
    shift: str | None = None,
    pool: bool = False,
    grid: Grid | None = None,
    seeds: Sequence[int] = (0,),
    progress: Callable[[Progress], None] | None = None,
    note: Callable[[str], None] | None = None,
) -> Iterator[BisRow]:
    """Estimate every target's scores from every source, and compare with the truth.

    Args:
        benchmarks: at least one with `shift`, else two.
        shift: length, cluster or none: each benchmark is split against itself. Without it, each
            ordered pair is a source and a target, for the models that both know.
        pool: without a shift, each benchmark is the target of all others together, for the models
            that all know.
        grid: what is compared.
        seeds: one run each.
        progress: called before each fit.
        note: called with what was left out and why.

    Raises:
        UserError: (a ValueError) on an unknown shift or density and on too few benchmarks.
    """
    grid = grid or Grid()
    for density in grid.densities:
        check_ratio(density)
    if shift is not None and shift not in SHIFTS:
        raise UserError(field="shift", got=f'"{shift}"', expected=f"one of {', '.join(SHIFTS)}")
    if len(benchmarks) < (1 if shift else 2):
        raise UserError(field="benchmarks", got=len(benchmarks), expected="two, or one and --shift")
    makers: list[Callable[[], Problem | None]]
    if shift is not None:
        makers = [partial(split, part, shift, seed) for seed in seeds for part in benchmarks]
    elif pool:
        places = range(len(benchmarks))
        makers = [partial(pooled, benchmarks, place, seed) for seed in seeds for place in places]
    else:
        ordered = [(a, b) for a in benchmarks for b in benchmarks if a is not b]
        makers = [partial(across, [a], b, seed) for seed in seeds for a, b in ordered]
    for done, make in enumerate(makers):
        problem = make()
        if problem is None:
            continue
        if progress:
            progress(Progress(done, len(makers), f"{problem.source} → {problem.target}"))
        try:
            yield from _rows(problem, grid)
        except UserError as error:
            if note:
                note(f"{problem.source} → {problem.target} left out: {error}")


def _rows(problem: Problem, grid: Grid) -> Iterator[BisRow]:
    for size, components in product(grid.source_sizes, grid.components):
        part = subsample(problem, size)
        if part is None:
            continue
        for name, samples in _fits(grid):
            bis = ArrayBIS(name, pca=components, seed=problem.seed, samples=samples)
            bis.fit(part.source_prompts, part.target_prompts)
            if name == _RATIO:
                yield from _floor_rows(part, grid.label(FLOOR, components, size))
                for method in COMPARED[:-1]:
                    label = grid.label(method, components, size)
                    yield from _method_rows(part, bis, method, label)
                for count in grid.observed:
                    label = grid.label("auto", components, size, observed=count)
                    yield from _method_rows(part, bis, "auto", label, count)
                    if count:
                        label = grid.label(ITEMS_MEAN, components, size, observed=count)
                        yield from _items_mean_rows(part, label, count)
            for cut in grid.truncations if name in grid.densities else ():
                bis.truncate = cut
                bis.set_arrays(bis.arrays_)
                label = grid.label(name, components, size, samples, cut)
                yield from _method_rows(part, bis, "weighted", label)


def _fits(grid: Grid) -> list[tuple[str, int]]:
    """The densities to fit; the baselines' ratio is always among them."""
    names = dict.fromkeys((_RATIO, *grid.densities))
    return [
        (name, samples)
        for name in names
        for samples in (grid.samples if name == "iwae" else grid.samples[:1])
    ]


def _method_rows(
    problem: Problem, bis: ArrayBIS, method: str, label: str, observed: int = 0
) -> Iterator[BisRow]:
    carries = method in ("weighted", "doubly_robust")
    ess = bis.weights_.ess if carries else float(bis.log_ratio_S_.size)
    labels_MT = _observed(problem, observed) if observed else None
    estimates = bis.predict_many(problem.source_MS, method, target_scores_MT=labels_MT)
    bounds_M3 = np.array([(estimate.value, estimate.low, estimate.high) for estimate in estimates])
    return _made_rows(problem, label, bounds_M3, ess)


def _items_mean_rows(problem: Problem, label: str, observed: int) -> Iterator[BisRow]:
    """The plain mean of the target's items that were run, with the usual normal interval."""
    labels_MT = _observed(problem, observed)
    mean_M = np.nanmean(labels_MT, axis=1)
    reach_M = _REACH * np.sqrt(_mean_variance(labels_MT))
    bounds_M3 = np.stack([mean_M, mean_M - reach_M, mean_M + reach_M], axis=1)
    return _made_rows(problem, label, bounds_M3, 0.0)


def _floor_rows(problem: Problem, label: str) -> Iterator[BisRow]:
    """The error by the sampling of items alone: the mean absolute value of a normal error."""
    noise_M = np.sqrt(_mean_variance(problem.source_MS) + _mean_variance(problem.target_MT))
    truth_M = np.nanmean(problem.target_MT, axis=1)
    value_M, reach_M = truth_M + np.sqrt(2 / np.pi) * noise_M, _REACH * noise_M
    bounds_M3 = np.stack([value_M, truth_M - reach_M, truth_M + reach_M], axis=1)
    return _made_rows(problem, label, bounds_M3, float(problem.source_MS.shape[1]))


def _mean_variance(scores_MN: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.nanvar(scores_MN, axis=1) / (~np.isnan(scores_MN)).sum(axis=1))


def _observed(problem: Problem, count: int) -> NDArray[np.float64]:
    """Scores (M, T) on items drawn for each model, NaN on the others; fewer are within more."""
    order_MT = np.random.default_rng([problem.seed, 10]).random(problem.target_MT.shape)
    order_MT[np.isnan(problem.target_MT)] = 2
    rank_MT = order_MT.argsort(axis=1).argsort(axis=1)
    return np.where(rank_MT < count, problem.target_MT, np.nan)


def _made_rows(
    problem: Problem, label: str, bounds_M3: NDArray[np.float64], ess: float
) -> Iterator[BisRow]:
    """Rows from estimates with the low and high ends of their intervals."""
    truth_M = np.nanmean(problem.target_MT, axis=1)
    for model, (value, low, high), truth in zip(
        problem.models, bounds_M3.tolist(), truth_M.tolist(), strict=True
    ):
        yield BisRow(
            problem.source,
            problem.target,
            problem.shift,
            model,
            label,
            value,
            truth,
            value - truth,
            low,
            high,
            ess,
            problem.seed,
        )
