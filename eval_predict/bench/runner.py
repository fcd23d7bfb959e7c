"""The protocol that compares all methods: budgets, splits and repeats in, a row of errors out."""

import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from time import perf_counter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.bench.cases import Case, Trial, cases, trials
from eval_predict.bench.measures import (
    interval_figures,
    random_sampling_error,
    rank_correlation,
)
from eval_predict.bench.results import BenchRow
from eval_predict.bench.splits import SplitRule
from eval_predict.bench.worlds import WORLDS, expand_worlds
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.errors import UserError
from eval_predict.methods import METHODS, Method
from eval_predict.predict.clustered import with_clusters
from eval_predict.predict.predictor import Predictor
from eval_predict.select.budget import budget_items
from eval_predict.select.design import AdaptiveDesign, Design
from eval_predict.stats.clusters import Labels
from eval_predict.stats.estimate import Estimate

LEVEL = 0.95


class Progress(NamedTuple):
    """How far a run is: `done` of `total` fits, and what comes next."""

    done: int
    total: int
    label: str


def run_benchmark(
    matrices: Mapping[str, ScoreMatrix],
    methods: Mapping[str, Method] = METHODS,
    budgets: Sequence[float] = (50,),
    splits: Sequence[str] = tuple(WORLDS),
    repeats: int = 10,
    seed: int = 0,
    progress: Callable[[Progress], None] | None = None,
    note: Callable[[str], None] | None = None,
    on_failure: Callable[[str, Exception], None] | None = None,
    clusters: Mapping[str, Labels] | None = None,
) -> list[BenchRow]:
    """Try every method on every benchmark, split and budget.

    A method sees nothing but the history of its split, and of the targets the scores that it
    asked for. Methods with constants that were chosen on a benchmark are measured on it with those
    chosen without it (`Method.without`). The draws of one benchmark, split, budget and repeat come
    from one stream, the same for each method: methods that draw in the same way are compared on
    the same items, and no method's draw depends on which others run.

    Args:
        matrices: benchmarks by name.
        methods: methods by name.
        budgets: numbers of items (int), or shares of the items (float); see `budget_items`.
        splits: names of `eval_predict.bench.worlds.WORLDS`, or of families of them. Simulated ones
            need no matrix and run once, under the benchmark "(simulated)".
        repeats: draws of a split and of the items.
        seed: of all draws.
        progress: called after each method and repeat.
        note: called with one line for every target, split or method that is left out: why.
        on_failure: called where a method fails, which is then left out; by default it is raised.
        clusters: each item's passage or template, by benchmark; their intervals are then those of
            `with_clusters`.

    Raises:
        UserError: (a ValueError) on an unknown split, a bad budget, no repeats.
    """
    names = expand_worlds(splits)
    _check(budgets, repeats)
    tell = note or (lambda _: None)
    for benchmark, (name, method) in product(matrices, methods.items()):
        if method.without(benchmark) is not method:
            tell(f"{benchmark}: {name} has constants that were chosen without this benchmark")
    tried = list(cases(matrices, names, seed, tell, clusters or {}))
    done, total = 0, len(tried) * len(methods) * repeats
    rows: dict[tuple[int, str], list[BenchRow]] = {}
    drawn = [trials(case.benchmark, case.matrix, case.split, repeats, seed, tell) for case in tried]
    for name, method in methods.items():
        fits = _Fits(method)
        for number, case in enumerate(tried):
            runner = _Runner(case, name, fits, tuple(budgets), seed)
            try:
                for trial in drawn[number]:
                    runner.run(trial)
                    if progress:
                        label = f"{case.benchmark} {case.split} {name}"
                        progress(Progress(done + trial.repeat + 1, total, label))
                rows[number, name] = runner.rows() if drawn[number] else []
            except UserError as error:
                tell(f"{case.benchmark}, {case.split}: {name} left out: {error}")
            except Exception as error:
                if on_failure is None:
                    error.add_note(f"on {case.benchmark}, {case.split}, by {name}")
                    raise
                on_failure(f"{case.benchmark}, {case.split}: {name}", error)
            done += repeats
    return [
        row
        for number in range(len(tried))
        for name in methods
        for row in rows.get((number, name), [])
    ]


def observe(
    design: Design, budget: int, truth_TN: NDArray[np.float64], rng: np.random.Generator
) -> Observed:
    """The scores of T targets that a fitted design observes, through all its stages.

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
class _Fit:
    design: Design
    predictor: Predictor
    seconds: float


@dataclass(frozen=True, slots=True, eq=False)
class _Outcome:
    truth_T: NDArray[np.float64]
    random_T: NDArray[np.float64]
    estimates: list[Estimate]
    seconds: float


class _Fits:
    """One method's fits. A fit is used again only for the same history of the same matrix.

    Several worlds share the histories of one split; they are forgotten when another comes.
    """

    def __init__(self, method: Method) -> None:
        self._method = method
        self.draws = method.design().draws
        self._kept: dict[bytes, _Fit] = {}
        self._kept_for: tuple[str, int, SplitRule] | None = None

    def of(self, case: Case, history_H: NDArray[np.intp]) -> _Fit:
        kept_for = (case.benchmark, id(case.matrix), case.world.split)
        if self._kept_for != kept_for:
            self._kept.clear()
            self._kept_for = kept_for
        key = history_H.tobytes()
        if key not in self._kept:
            history = case.matrix.take_models(history_H)
            method = self._method.without(case.benchmark)
            began = perf_counter()
            design = method.design().fit(history)
            predictor = method.predictor().fit(history)
            self._kept[key] = _Fit(design, predictor, perf_counter() - began)
        return self._kept[key]


class _Runner:
    """One method on one benchmark and split, with what it estimated so far."""

    def __init__(
        self, case: Case, name: str, fits: _Fits, budgets: tuple[float, ...], seed: int
    ) -> None:
        self._case, self._name, self._fits, self._seed = case, name, fits, seed
        self._outcomes: dict[float, list[_Outcome]] = {budget: [] for budget in budgets}

    def run(self, trial: Trial) -> None:
        case = self._case
        fit = self._fits.of(case, trial.split.history_H)
        truth_TN = case.world.truth(
            case.matrix,
            trial.split.targets_T,
            (self._seed, trial.repeat, zlib.crc32(case.split.encode())),
        )
        for budget, outcomes in self._outcomes.items():
            key = zlib.crc32(f"{case.benchmark}/{case.split}/{budget}".encode())
            rng = np.random.default_rng([self._seed, trial.repeat, key])
            items = budget_items(budget, truth_TN.shape[1])
            random_T = random_sampling_error(truth_TN, items)
            for _ in range(self._fits.draws):
                began = perf_counter()
                observed = observe(fit.design, items, truth_TN, rng)
                estimates = fit.predictor.predict_many(observed, LEVEL)
                if case.clusters is not None:
                    estimates = self._clustered(estimates, observed, trial.split.history_H)
                seconds = fit.seconds + perf_counter() - began
                outcomes.append(_Outcome(truth_TN.mean(axis=1), random_T, estimates, seconds))

    def _clustered(
        self, estimates: list[Estimate], observed: Observed, history_H: NDArray[np.intp]
    ) -> list[Estimate]:
        case = self._case
        mean_N = case.matrix.take_models(history_H).mean_N
        return [
            with_clusters(estimate, observed.rows(slice(row, row + 1)), case.clusters or (), mean_N)
            for row, estimate in enumerate(estimates)
        ]

    def rows(self) -> list[BenchRow]:
        return [self._row(budget, outcomes) for budget, outcomes in self._outcomes.items()]

    def _row(self, budget: float, outcomes: list[_Outcome]) -> BenchRow:
        truth_E = np.concatenate([outcome.truth_T for outcome in outcomes])
        random_E = np.concatenate([outcome.random_T for outcome in outcomes])
        estimates = [estimate for outcome in outcomes for estimate in outcome.estimates]
        value_E, low_E, high_E = np.array([(e.value, e.low, e.high) for e in estimates]).T
        error_E = 100 * (value_E - truth_E)
        correlations = [
            rank_correlation([e.value for e in outcome.estimates], outcome.truth_T)
            for outcome in outcomes
        ]
        measured = [correlation for correlation in correlations if correlation is not None]
        intervals = interval_figures(truth_E, low_E, high_E, LEVEL)
        return BenchRow(
            benchmark=self._case.benchmark,
            split=self._case.split,
            budget=budget,
            method=self._name,
            mae=float(np.abs(error_E).mean()),
            random_mae=100 * float(random_E.mean()),
            bias=float(error_E.mean()),
            coverage=intervals.coverage if intervals else None,
            width=intervals.width if intervals else None,
            interval_score=intervals.score if intervals else None,
            rank_correlation=sum(measured) / len(measured) if measured else None,
            seconds=sum(outcome.seconds for outcome in outcomes) / len(outcomes),
            repeats=len(outcomes) // self._fits.draws,
        )


def _check(budgets: Sequence[float], repeats: int) -> None:
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
