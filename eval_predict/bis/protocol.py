"""The protocol: real benchmarks as source and target, every method beside its yardsticks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray

from eval_predict.benchmark import Progress
from eval_predict.bis.bis import BIS
from eval_predict.bis.prompts import Prompts
from eval_predict.bis.ratios import check_ratio
from eval_predict.bis.shifts import SHIFTS
from eval_predict.bis.weights import Truncation
from eval_predict.errors import UserError
from eval_predict.matrix import ScoreMatrix

YARDSTICKS = ("source_mean", "direct", "doubly_robust", "auto")
_RATIO = "classifier"  # the ratio behind doubly_robust, whatever densities are compared


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """A benchmark's prompts, described, and what models scored on them, in the same order."""

    name: str
    prompts: Prompts
    scores: ScoreMatrix


@dataclass(frozen=True, slots=True)
class BisRow:
    """One estimate beside the truth.

    Attributes:
        source: name of the source, names joined by + where they are pooled.
        target: name of the target.
        shift: how a benchmark was split against itself; empty for two benchmarks.
        model: whose score.
        method: a yardstick, or a density, with the settings that vary in brackets.
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
    """What is compared; a setting with several values is written behind the density's name.

    Attributes:
        densities: names from `RATIOS`.
        truncations: percentiles, or "psis".
        samples: K of the importance-weighted autoencoder.
        components: of the embedding's PCA; None for all dimensions.
        source_sizes: source items drawn at random; None for all.
    """

    densities: tuple[str, ...] = (_RATIO,)
    truncations: tuple[Truncation, ...] = (0.9,)
    samples: tuple[int, ...] = (10,)
    components: tuple[int | None, ...] = (32,)
    source_sizes: tuple[int | None, ...] = (None,)

    def label(
        self, name: str, components: int | None, size: int | None, samples: int, cut: Truncation
    ) -> str:
        """A method's name with those of its settings that vary."""
        varying = {
            "truncate": (cut, self.truncations),
            "samples": (samples, self.samples),
            "pca": (components, self.components),
            "source": (size, self.source_sizes),
        }
        if name in YARDSTICKS:
            del varying["truncate"]
        if name != "iwae":
            del varying["samples"]
        told = [
            f"{key}={'all' if value is None else value}"
            for key, (value, values) in varying.items()
            if len(values) > 1
        ]
        return f"{name}[{','.join(told)}]" if told else name


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    source: str
    target: str
    shift: str
    seed: int
    source_prompts: Prompts
    target_prompts: Prompts
    models: tuple[str, ...]
    source_MS: NDArray[np.float64]
    target_MT: NDArray[np.float64]


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
        progress: told before each fit.
        note: told what was left out and why.

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
    makers: list[Callable[[], _Problem | None]]
    if shift is not None:
        makers = [partial(_split, part, shift, seed) for seed in seeds for part in benchmarks]
    elif pool:
        places = range(len(benchmarks))
        makers = [partial(_pooled, benchmarks, place, seed) for seed in seeds for place in places]
    else:
        ordered = [(a, b) for a in benchmarks for b in benchmarks if a is not b]
        makers = [partial(_across, [a], b, seed) for seed in seeds for a, b in ordered]
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


def _split(benchmark: Benchmark, shift: str, seed: int) -> _Problem:
    rng = np.random.default_rng([seed, list(SHIFTS).index(shift)])
    target_N = SHIFTS[shift](benchmark.prompts, rng)
    scores_MN = benchmark.scores.dense_MN()
    sides = benchmark.prompts.take(~target_N), benchmark.prompts.take(target_N)
    models, source, target = _known(
        benchmark.scores.models, scores_MN[:, ~target_N], scores_MN[:, target_N]
    )
    return _Problem(benchmark.name, benchmark.name, shift, seed, *sides, models, source, target)


def _pooled(benchmarks: Sequence[Benchmark], target: int, seed: int) -> _Problem | None:
    others = [part for position, part in enumerate(benchmarks) if position != target]
    return _across(others, benchmarks[target], seed)


def _across(sources: list[Benchmark], target: Benchmark, seed: int) -> _Problem | None:
    shared = [
        model
        for model in target.scores.models
        if all(model in part.scores.models for part in sources)
    ]
    if not shared:
        return None
    parts = [_of_models(part.scores, shared) for part in sources]
    models, source_MS, target_MT = _known(
        tuple(shared), np.hstack(parts), _of_models(target.scores, shared)
    )
    if not models:
        return None
    return _Problem(
        "+".join(part.name for part in sources),
        target.name,
        "",
        seed,
        Prompts.join([part.prompts for part in sources]),
        target.prompts,
        models,
        source_MS,
        target_MT,
    )


def _of_models(matrix: ScoreMatrix, models: list[str]) -> NDArray[np.float64]:
    rows = {model: row for row, model in enumerate(matrix.models)}
    return matrix.take_models([rows[model] for model in models]).dense_MN()


def _known(
    models: tuple[str, ...], source_MS: NDArray[np.float64], target_MT: NDArray[np.float64]
) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]:
    """The models with a score on either side."""
    kept_M = np.flatnonzero(~np.isnan(source_MS).all(axis=1) & ~np.isnan(target_MT).all(axis=1))
    return tuple(models[row] for row in kept_M), source_MS[kept_M], target_MT[kept_M]


def _rows(problem: _Problem, grid: Grid) -> Iterator[BisRow]:
    for size, components in product(grid.source_sizes, grid.components):
        part = _subsample(problem, size)
        if part is None:
            continue
        for name, samples in _fits(grid):
            bis = BIS(name, pca=components, seed=problem.seed, samples=samples)
            bis.fit(part.source_prompts, part.target_prompts)
            if name == _RATIO:
                for method in YARDSTICKS:
                    label = grid.label(method, components, size, samples, 0)
                    yield from _method_rows(part, bis, method, label)
            for cut in grid.truncations if name in grid.densities else ():
                bis.truncate = cut
                bis.set_arrays(bis.arrays_)
                label = grid.label(name, components, size, samples, cut)
                yield from _method_rows(part, bis, "weighted", label)


def _fits(grid: Grid) -> list[tuple[str, int]]:
    """The densities to fit; the yardsticks' ratio always among them."""
    names = dict.fromkeys((_RATIO, *grid.densities))
    return [
        (name, samples)
        for name in names
        for samples in (grid.samples if name == "iwae" else grid.samples[:1])
    ]


def _subsample(problem: _Problem, size: int | None) -> _Problem | None:
    S = len(problem.source_prompts.texts)
    if size is None:
        return problem
    if size > S:
        return None
    rows = np.sort(np.random.default_rng([problem.seed, 9]).permutation(S)[:size])
    models, source_MS, target_MT = _known(
        problem.models, problem.source_MS[:, rows], problem.target_MT
    )
    return replace(
        problem,
        source_prompts=problem.source_prompts.take(rows),
        models=models,
        source_MS=source_MS,
        target_MT=target_MT,
    )


def _method_rows(problem: _Problem, bis: BIS, method: str, label: str) -> Iterator[BisRow]:
    truth_M = np.nanmean(problem.target_MT, axis=1)
    carries = method in ("weighted", "doubly_robust")
    ess = bis.weights_.ess if carries else float(bis.log_ratio_S_.size)
    estimates = bis.predict_many(problem.source_MS, method)
    for model, estimate, truth in zip(problem.models, estimates, truth_M, strict=True):
        yield BisRow(
            problem.source,
            problem.target,
            problem.shift,
            model,
            label,
            estimate.value,
            float(truth),
            estimate.value - float(truth),
            estimate.low,
            estimate.high,
            ess,
            problem.seed,
        )
