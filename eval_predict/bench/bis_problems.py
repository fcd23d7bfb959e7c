"""A source and a target whose truth is known: two benchmarks, or the parts of one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eval_predict.bench.bis_shifts import SHIFTS
from eval_predict.bis.prompts import Prompts
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.errors import unknown_name

_STEP = (0.9, 0.2)  # chance of a right answer before the step and after it
_STEP_MODELS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """A benchmark's prompts, described, and what models scored on them, in the same order."""

    name: str
    prompts: Prompts
    scores: ScoreMatrix


def stepped(
    benchmark: Benchmark, quantile: float, seed: int, feature: str = "characters"
) -> Benchmark:
    """A benchmark's prompts with simulated scores of 8 models that drop at a step of a feature.

    Args:
        benchmark: whose prompts are used.
        quantile: of the feature up to which a model is right in 90% of cases; beyond it is right
            in 20%.
        seed: of the scores.
        feature: a covariate's name.

    Raises:
        UserError: (a ValueError) on an unknown feature.
    """
    names = list(benchmark.prompts.names)
    if feature not in names:
        raise unknown_name("feature", feature, names)
    feature_N = benchmark.prompts.covariates_NC[:, names.index(feature)]
    probability_N = np.where(feature_N <= np.quantile(feature_N, quantile), *_STEP)
    rng = np.random.default_rng([seed, 11])
    scores_MN = (rng.random((_STEP_MODELS, feature_N.size)) < probability_N).astype(float)
    models = [f"made-{model}" for model in range(_STEP_MODELS)]
    scores = ScoreMatrix.from_array(scores_MN, models, list(benchmark.scores.items))
    return replace(benchmark, scores=scores)


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Prompts of a source and a target, and the scores (M, S) and (M, T) of M models on them."""

    source: str
    target: str
    shift: str
    seed: int
    source_prompts: Prompts
    target_prompts: Prompts
    models: tuple[str, ...]
    source_MS: NDArray[np.float64]
    target_MT: NDArray[np.float64]


def split(benchmark: Benchmark, shift: str, seed: int) -> Problem:
    """One benchmark against itself, by one of `SHIFTS`."""
    rng = np.random.default_rng([seed, list(SHIFTS).index(shift)])
    target_N = SHIFTS[shift](benchmark.prompts, rng)
    scores_MN = benchmark.scores.dense_MN()
    sides = benchmark.prompts.take(~target_N), benchmark.prompts.take(target_N)
    models, source, target = _with_scores(
        benchmark.scores.models, scores_MN[:, ~target_N], scores_MN[:, target_N]
    )
    return Problem(benchmark.name, benchmark.name, shift, seed, *sides, models, source, target)


def pooled(benchmarks: Sequence[Benchmark], target: int, seed: int) -> Problem | None:
    """The benchmark at position `target` from all others together; see `across`."""
    others = [part for position, part in enumerate(benchmarks) if position != target]
    return across(others, benchmarks[target], seed)


def across(sources: list[Benchmark], target: Benchmark, seed: int) -> Problem | None:
    """One benchmark from others, for the models that all of them have; None without such models."""
    shared = [
        model
        for model in target.scores.models
        if all(model in part.scores.models for part in sources)
    ]
    if not shared:
        return None
    parts = [_of_models(part.scores, shared) for part in sources]
    models, source_MS, target_MT = _with_scores(
        tuple(shared), np.hstack(parts), _of_models(target.scores, shared)
    )
    if not models:
        return None
    return Problem(
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


def subsample(problem: Problem, size: int | None) -> Problem | None:
    """The problem with that many source items, drawn at random; None where there are fewer."""
    S = len(problem.source_prompts.texts)
    if size is None:
        return problem
    if size > S:
        return None
    rows = np.sort(np.random.default_rng([problem.seed, 9]).permutation(S)[:size])
    models, source_MS, target_MT = _with_scores(
        problem.models, problem.source_MS[:, rows], problem.target_MT
    )
    return replace(
        problem,
        source_prompts=problem.source_prompts.take(rows),
        models=models,
        source_MS=source_MS,
        target_MT=target_MT,
    )


def _of_models(matrix: ScoreMatrix, models: list[str]) -> NDArray[np.float64]:
    rows = {model: row for row, model in enumerate(matrix.models)}
    return matrix.take_models([rows[model] for model in models]).dense_MN()


def _with_scores(
    models: tuple[str, ...], source_MS: NDArray[np.float64], target_MT: NDArray[np.float64]
) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]:
    """The models with a score on either side."""
    kept_M = np.flatnonzero(~np.isnan(source_MS).all(axis=1) & ~np.isnan(target_MT).all(axis=1))
    return tuple(models[row] for row in kept_M), source_MS[kept_M], target_MT[kept_M]
