"""The protocol that compares all methods: budgets, splits and repeats in, a row of errors out."""

import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.bench.results import BenchRow
from eval_predict.bench.splits import MIN_HISTORY, SPLITS, Split
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.errors import UserError, unknown_name
from eval_predict.methods import METHODS, Method
from eval_predict.predict.predictor import Predictor
from eval_predict.select.design import AdaptiveDesign, Design
from eval_predict.stats.estimate import Estimate

LEVEL = 0.95
_ROUNDING = 1e-9  # an interval without width still covers a truth that was summed in another order


class Progress(NamedTuple):
    """How far a run is: `done` of `total` fits, and what comes next."""

    done: int
    total: int
    label: str


def run_benchmark(
    matrices: Mapping[str, ScoreMatrix],
    methods: Mapping[str, Method] = METHODS,
    budgets: Sequence[float] = (50,),
    splits: Sequence[str] = tuple(SPLITS),
    repeats: int = 10,
    seed: int = 0,
    progress: Callable[[Progress], None] | None = None,
    note: Callable[[str], None] | None = None,
    on_failure: Callable[[str, Exception], None] | None = None,
) -> list[BenchRow]:
    """Try every method on every benchmark, split and budget.

    A method sees nothing but the history of its split, and of the targets the scores that it
    asked for. The draws of one benchmark, split, budget and repeat come from one stream, the same
    for each method: methods that draw in the same way are compared on the same items, and no
    method's draw depends on which others run.

    Args:
        matrices: benchmarks by name.
        methods: methods by name.
        budgets: numbers of items (int), or shares of the items (float); see `budget_items`.
        splits: names of `eval_predict.bench.splits.SPLITS`.
        repeats: draws of a split and of the items.
        seed: of all draws.
        progress: told after each method and repeat.
        note: told in one line of every target, split or method that is left out, and why.
        on_failure: told where a method fails, which is then left out; by default that is raised.

    Raises:
        UserError: (a ValueError) on an unknown split, a bad budget, no repeats.
    """
    _check(splits, budgets, repeats)
    tell = note or (lambda _: None)
    done, total = 0, len(matrices) * len(splits) * len(methods) * repeats
    rows: list[BenchRow] = []
    for benchmark, given in matrices.items():
        matrix = _with_scores(benchmark, given, tell)
        for split in splits:
            trials = _trials(benchmark, matrix, split, repeats, seed, tell)
            for name, method in methods.items():
                runner = _Runner(benchmark, split, name, method, matrix, tuple(budgets), seed)
                try:
                    for trial in trials:
                        runner.run(trial)
                        if progress:
                            reached = done + trial.repeat + 1
                            progress(Progress(reached, total, f"{benchmark} {split} {name}"))
                    rows += runner.rows() if trials else []
                except UserError as error:
                    tell(f"{benchmark}, {split}: {name} left out: {error}")
                except Exception as error:
                    if on_failure is None:
                        error.add_note(f"on {benchmark}, {split}, by {name}")
                        raise
                    on_failure(f"{benchmark}, {split}: {name}", error)
                done += repeats
    return rows


def budget_items(budget: float, num_items: int) -> int:
    """The number of items that a budget stands for: an int as it is, a float as a share of all.

    At least 2 for a share, at most all items.
    """
    items = budget if isinstance(budget, int) else max(2, round(budget * num_items))
    return min(items, num_items)


def observe(
    design: Design, budget: int, truth_TN: NDArray[np.float64], rng: np.random.Generator
) -> Observed:
    """What a fitted design gets to see of T targets, through all its stages if it is adaptive.

    Raises:
        ValueError: on a design that draws more or fewer than it was asked for, or an item twice.
    """
    if isinstance(design, AdaptiveDesign):
        first, *later = design.stages(budget)
        observed = Observed.of(design.select(first, rng), truth_TN)
        for batch in later:
            observed = observed.extend(design.next(observed, batch, rng), truth_TN)
    else:
        observed = Observed.of(design.select(budget, rng), truth_TN)
    in_order = np.sort(observed.items_Tn, axis=1)
    if observed.shape[1] != budget or not (np.diff(in_order, axis=1) > 0).all():
        raise ValueError(f"{type(design).__name__} drew {observed.shape[1]} items for {budget}")
    return observed


@dataclass(frozen=True, slots=True, eq=False)
class _Trial:
    repeat: int
    split: Split


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    history_H: NDArray[np.intp]
    design: Design
    predictor: Predictor
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class _Outcome:
    truth_T: NDArray[np.float64]
    estimates: list[Estimate]
    seconds: float


class _Runner:
    """One method on one benchmark and split, with what it estimated so far."""

    def __init__(
        self,
        benchmark: str,
        split: str,
        name: str,
        method: Method,
        matrix: ScoreMatrix,
        budgets: tuple[float, ...],
        seed: int,
    ) -> None:
        self._benchmark, self._split, self._name = benchmark, split, name
        self._method, self._matrix, self._seed = method, matrix, seed
        self._fit: _Fit | None = None
        self._draws = method.design().draws
        self._outcomes: dict[float, list[_Outcome]] = {budget: [] for budget in budgets}

    def run(self, trial: _Trial) -> None:
        fit = self._fitted(trial.split.history_H)
        truth_TN = self._matrix.take_models(trial.split.targets_T).dense_MN()
        for budget, outcomes in self._outcomes.items():
            key = zlib.crc32(f"{self._benchmark}/{self._split}/{budget}".encode())
            rng = np.random.default_rng([self._seed, trial.repeat, key])
            for _ in range(self._draws):
                began = perf_counter()
                items = budget_items(budget, truth_TN.shape[1])
                observed = observe(fit.design, items, truth_TN, rng)
                estimates = fit.predictor.predict_many(observed, LEVEL)
                seconds = fit.seconds + perf_counter() - began
                outcomes.append(_Outcome(truth_TN.mean(axis=1), estimates, seconds))

    def _fitted(self, history_H: NDArray[np.intp]) -> _Fit:
        # A fit serves again only for the very same history, or it would know the targets.
        if self._fit is None or not np.array_equal(self._fit.history_H, history_H):
            history = self._matrix.take_models(history_H)
            began = perf_counter()
            design = self._method.design().fit(history)
            predictor = self._method.predictor().fit(history)
            self._fit = _Fit(history_H.copy(), design, predictor, perf_counter() - began)
        return self._fit

    def rows(self) -> list[BenchRow]:
        return [self._row(budget, outcomes) for budget, outcomes in self._outcomes.items()]

    def _row(self, budget: float, outcomes: list[_Outcome]) -> BenchRow:
        truth_E = np.concatenate([outcome.truth_T for outcome in outcomes])
        estimates = [estimate for outcome in outcomes for estimate in outcome.estimates]
        value_E, low_E, high_E = np.array([(e.value, e.low, e.high) for e in estimates]).T
        error_E = 100 * (value_E - truth_E)
        bounded_E = np.isfinite(low_E) & np.isfinite(high_E)
        within_E = (low_E - _ROUNDING <= truth_E) & (truth_E <= high_E + _ROUNDING)
        correlations = [_rank_correlation(outcome) for outcome in outcomes]
        known = [correlation for correlation in correlations if correlation is not None]
        return BenchRow(
            benchmark=self._benchmark,
            split=self._split,
            budget=budget,
            method=self._name,
            mae=float(np.abs(error_E).mean()),
            bias=float(error_E.mean()),
            coverage=float(within_E[bounded_E].mean()) if bounded_E.any() else None,
            width=100 * float((high_E - low_E)[bounded_E].mean()) if bounded_E.any() else None,
            rank_correlation=sum(known) / len(known) if known else None,
            seconds=sum(outcome.seconds for outcome in outcomes) / len(outcomes),
            repeats=len(outcomes) // self._draws,
        )


def _check(splits: Sequence[str], budgets: Sequence[float], repeats: int) -> None:
    for split in splits:
        if split not in SPLITS:
            raise unknown_name("split", split, SPLITS)
    for budget in budgets:
        items = isinstance(budget, int)
        if not (budget >= 1 if items else 0 < budget <= 1) or not math.isfinite(budget):
            raise UserError(
                field="budget",
                got=budget,
                expected="a number of items (50), or a share of them in (0, 1] (0.1)",
            )
    if repeats < 1:
        raise UserError(field="repeats", got=repeats, expected="1 or more")


def _with_scores(benchmark: str, matrix: ScoreMatrix, tell: Callable[[str], None]) -> ScoreMatrix:
    scored_M = ~matrix.missing_MN.all(axis=1)
    if scored_M.all():
        return matrix
    tell(f"{benchmark}: {(~scored_M).sum()} models without any score left out")
    return matrix.take_models(scored_M)


def _trials(
    benchmark: str,
    matrix: ScoreMatrix,
    split: str,
    repeats: int,
    seed: int,
    tell: Callable[[str], None],
) -> list[_Trial]:
    whole_M = np.asarray(~matrix.missing_MN.any(axis=1))
    trials = []
    partial: set[int] = set()
    for repeat in range(repeats):
        drawn = SPLITS[split](matrix, repeat, seed)
        if drawn is None or len(drawn.history_H) < MIN_HISTORY:
            continue
        whole_T = whole_M[drawn.targets_T]
        partial |= {int(target) for target in drawn.targets_T[~whole_T]}
        if whole_T.any():
            trials.append(_Trial(repeat, Split(drawn.history_H, drawn.targets_T[whole_T])))
    if partial:
        tell(f"{benchmark}, {split}: {len(partial)} targets with missing scores left out")
    if not trials:
        tell(
            f"{benchmark}, {split}: left out: {len(matrix.models)} models do not give"
            f" {MIN_HISTORY} of history and a target with all its scores"
        )
    return trials


def _rank_correlation(outcome: _Outcome) -> float | None:
    from scipy.stats import rankdata

    if len(outcome.truth_T) < 3:
        return None
    ranks = rankdata([[e.value for e in outcome.estimates], outcome.truth_T], axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    norm = math.sqrt(float((ranks[0] ** 2).sum() * (ranks[1] ** 2).sum()))
    return float(ranks[0] @ ranks[1]) / norm if norm else None
