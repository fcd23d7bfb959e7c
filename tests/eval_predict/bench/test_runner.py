import zlib
from dataclasses import replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr
from worlds import TwoStageDesign, rasch_world

from eval_predict import METHODS, Method, Observed, ScoreMatrix, Selection, UserError
from eval_predict.bench.results import BenchRow
from eval_predict.bench.runner import (
    Progress,
    observe,
    run_benchmark,
)
from eval_predict.bench.worlds import WORLDS
from eval_predict.predict.predictor import Prediction, Predictor, without_interval
from eval_predict.predict.sample_mean import SampleMean
from eval_predict.select.budget import budget_items
from eval_predict.select.design import Design, RandomDesign

RANDOM = {"random_sampling": METHODS["random_sampling"]}


SPLITS = [name for name, world in WORLDS.items() if world.share is None]


TWO_STAGES = {"two_stages": Method(TwoStageDesign, SampleMean)}


class Shifted(Predictor):
    """The sample mean plus a constant, so that its errors are known."""

    name = "shifted"

    def __init__(self, shift: float = 0.03, reach: float = 0.05) -> None:
        self.shift, self.reach = shift, reach

    def _fit(self, history: ScoreMatrix) -> None:
        pass

    def _predict(self, observed: Observed, level: float) -> Prediction:
        value_T = observed.scores_Tn.mean(axis=1) + self.shift
        if not self.reach:
            return without_interval(value_T)
        return Prediction(value_T, value_T - self.reach, value_T + self.reach)


class Spy(Predictor):
    """Remembers every history that a predictor was fitted on."""

    name = "spy"

    def __init__(self, histories: list[NDArray[Any]]) -> None:
        self._histories = histories

    def _fit(self, history: ScoreMatrix) -> None:
        self._histories.append(history.stored_MN.copy())

    def _predict(self, observed: Observed, level: float) -> Prediction:
        return without_interval(observed.scores_Tn.mean(axis=1))


class SpyDesign(RandomDesign):
    """Remembers every history that a design was fitted on."""

    def __init__(self, histories: list[NDArray[Any]]) -> None:
        self._histories = histories

    def fit(self, history: ScoreMatrix) -> "SpyDesign":
        self._histories.append(history.stored_MN.copy())
        return super().fit(history)


def _untimed(rows: list[BenchRow]) -> list[BenchRow]:
    return [replace(row, seconds=0) for row in rows]


def _constant_world(models: int = 12) -> ScoreMatrix:
    """Models that score one number on every item, so that any sample has the exact mean."""
    return ScoreMatrix.from_array(np.linspace(0.1, 0.8, models)[:, None].repeat(20, axis=1))


def test_errors_are_in_points_and_coverage_is_a_share() -> None:
    methods = {
        "near": Method(RandomDesign, partial(Shifted, 0.03, 0.05)),
        "far": Method(RandomDesign, partial(Shifted, -0.03, 0.02)),
        "bare": Method(RandomDesign, partial(Shifted, 0.0, 0.0)),
    }
    rows = run_benchmark({"b": _constant_world()}, methods, [5], ["interpolation"], 3)
    near, far, bare = rows
    assert (near.benchmark, near.split, near.budget, near.method) == (
        "b",
        "interpolation",
        5,
        "near",
    )
    assert (near.mae, near.bias, near.width) == pytest.approx((3, 3, 10), abs=1e-4)
    assert (far.mae, far.bias, far.width) == pytest.approx((3, -3, 4), abs=1e-4)
    assert (near.coverage, far.coverage, near.repeats) == (1, 0, 3)
    assert near.rank_correlation == pytest.approx(1)
    assert (bare.coverage, bare.width) == (None, None)
    assert all(row.seconds > 0 for row in rows)


def test_all_items_give_the_exact_mean_which_covers() -> None:
    rows = run_benchmark({"b": rasch_world()}, RANDOM | TWO_STAGES, [1.0, 1000], repeats=1)
    assert {row.split for row in rows} == set(WORLDS)
    for row in rows:
        assert (row.mae, row.width) == pytest.approx((0, 0))
        assert row.coverage == 1


def test_rank_correlation_is_spearmans_and_none_for_ties_or_two_targets() -> None:
    matrix = rasch_world(40)
    (row,) = run_benchmark({"b": matrix}, RANDOM, [10], ["extrapolation"], 1, seed=4)
    split = WORLDS["extrapolation"].split(matrix, 0, 4)
    assert split is not None
    truth_TN = matrix.dense_MN()[split.targets_T]
    rng = np.random.default_rng([4, 0, zlib.crc32(b"b/extrapolation/10")])
    design, truth_T = RandomDesign().fit(matrix), truth_TN.mean(axis=1)
    correlations = []
    for _ in range(RandomDesign.draws):
        observed = Observed.of(design.select(10, rng), truth_TN)
        correlations.append(spearmanr(observed.scores_Tn.mean(axis=1), truth_T).statistic)
    assert row.rank_correlation == pytest.approx(np.mean(correlations))
    (alike,) = run_benchmark(
        {"b": ScoreMatrix.from_array(np.ones((20, 9)))}, RANDOM, [3], ["interpolation"], 1
    )
    assert alike.rank_correlation is None
    (two,) = run_benchmark({"b": rasch_world(20)}, RANDOM, [5], ["frontier"], 1)
    assert two.rank_correlation is None


def test_draws_of_a_design_are_pooled_into_one_row() -> None:
    class OneDraw(RandomDesign):
        draws = 1

    reported: list[int] = []

    class Counting(SampleMean):
        def _predict(self, observed: Observed, level: float) -> Prediction:
            reported.append(observed.shape[1])
            return super()._predict(observed, level)

    for design in (OneDraw, RandomDesign):
        methods = {"one": Method(design, Counting)}
        (row,) = run_benchmark({"b": rasch_world()}, methods, [7], ["frontier"], 2)
        assert row.repeats == 2
    assert reported == [7] * 2 * (1 + RandomDesign.draws)


def test_a_method_is_measured_the_same_whichever_others_run() -> None:
    matrices = {"a": rasch_world(seed=1), "b": rasch_world(seed=2)}
    splits = ["group", "damaged_30", "frontier"]
    together = run_benchmark(matrices, RANDOM | TWO_STAGES, [6, 0.2], splits, repeats=3, seed=7)
    alone = run_benchmark({"b": matrices["b"]}, TWO_STAGES, [0.2], ["group"], 3, seed=7)
    again = [
        row
        for row in together
        if (row.benchmark, row.method, row.budget, row.split) == ("b", "two_stages", 0.2, "group")
    ]
    assert _untimed(alone) == _untimed(again)
    other = run_benchmark({"b": matrices["b"]}, TWO_STAGES, [0.2], ["group"], 3, seed=8)
    assert _untimed(other) != _untimed(alone)


@pytest.mark.parametrize("split", SPLITS)
def test_nothing_that_is_fitted_knows_the_targets(split: str) -> None:
    matrix = rasch_world()
    drawn = WORLDS[split].split(matrix, 0, 0)
    assert drawn is not None
    changed = matrix.stored_MN.copy()
    # Reversed rows keep each model's mean, so the split stays what it is.
    changed[drawn.targets_T] = changed[drawn.targets_T][:, ::-1]
    seen: list[list[NDArray[Any]]] = []
    for stored_MN in (matrix.stored_MN, changed):
        seen.append([])
        method = Method(partial(SpyDesign, seen[-1]), partial(Spy, seen[-1]))
        world = ScoreMatrix(matrix.models, matrix.items, stored_MN)
        run_benchmark({"b": world}, {"spy": method}, [5], [split], 1)
    assert len(seen[0]) == 2
    for before, after in zip(*seen, strict=True):
        np.testing.assert_array_equal(before, after)
        np.testing.assert_array_equal(before, matrix.stored_MN[drawn.history_H])


@pytest.mark.parametrize("split", SPLITS)
def test_a_fit_serves_again_only_for_the_same_history(split: str) -> None:
    matrix = rasch_world()
    histories: list[NDArray[Any]] = []
    method = Method(partial(SpyDesign, histories), partial(Spy, histories))
    run_benchmark({"b": matrix}, {"one": method, "two": method}, [5, 9], [split], 4)
    drawn = [WORLDS[split].split(matrix, repeat, 0) for repeat in range(4)]
    expected = [drawn[0]]
    for before, after in pairwise(drawn):
        assert before is not None
        assert after is not None
        if not np.array_equal(before.history_H, after.history_H):
            expected.append(after)
    # Design and predictor, two methods; never more fits for a second budget.
    assert len(histories) == 2 * 2 * len(expected)
    for method_number in range(2):
        fitted = histories[method_number * 2 * len(expected) :][: 2 * len(expected)]
        for trial, split_drawn in enumerate(expected):
            assert split_drawn is not None
            history_HN = matrix.stored_MN[split_drawn.history_H]
            np.testing.assert_array_equal(fitted[2 * trial], history_HN)
            np.testing.assert_array_equal(fitted[2 * trial + 1], history_HN)


def test_an_adaptive_design_sees_every_stage() -> None:
    matrix = rasch_world()
    design = TwoStageDesign().fit(matrix)
    truth_TN = matrix.dense_MN()[:3]
    observed = observe(design, 11, truth_TN, np.random.default_rng(0))
    assert observed.stage_n.tolist() == [0] * 5 + [1] * 6
    assert observed.shape == (3, 11)
    np.testing.assert_array_equal(
        observed.scores_Tn, np.take_along_axis(truth_TN, observed.items_Tn, axis=1)
    )


@pytest.mark.parametrize("items", [[0, 1, 1], [0, 1], [0, 1, 2, 3]])
def test_a_design_that_draws_otherwise_than_asked_is_a_fault(items: list[int]) -> None:
    class Greedy(Design):
        def _select(self, budget: int, rng: np.random.Generator) -> Selection:
            return Selection(np.array([items]), np.full((1, len(items)), 0.5))

    with pytest.raises(ValueError, match="Greedy drew"):
        observe(Greedy().fit(rasch_world()), 3, np.zeros((1, 60)), np.random.default_rng(0))


def test_targets_and_models_with_missing_scores_are_left_out_and_counted() -> None:
    scores_MN = rasch_world(24).dense_MN()
    scores_MN[:, 0] = np.where(np.arange(24) % 2, scores_MN[:, 0], np.nan)
    scores_MN[3] = np.nan
    notes: list[str] = []
    world = ScoreMatrix.from_array(scores_MN)
    rows = run_benchmark({"b": world}, RANDOM, [5], ["interpolation"], note=notes.append)
    assert np.isfinite(rows[0].mae)
    assert notes[0] == "b: 1 models without any score left out"
    assert notes[1].startswith("b, interpolation: ")
    assert notes[1].endswith(" targets with missing scores left out")


def test_a_history_that_is_too_small_is_skipped_in_one_line() -> None:
    notes: list[str] = []
    splits = ["interpolation", "frontier"]
    assert run_benchmark({"b": rasch_world(4)}, RANDOM, [5], splits, note=notes.append) == []
    assert len(notes) == 2
    assert notes[0].startswith("b, interpolation: left out: 4 models")


def test_a_method_that_cannot_take_the_scores_is_left_out() -> None:
    class Unit(SampleMean):
        name = "unit"
        needs_unit_scores = True

    notes: list[str] = []
    world = ScoreMatrix.from_array(rasch_world().dense_MN() * 7)
    methods = RANDOM | {"unit": Method(RandomDesign, Unit)}
    rows = run_benchmark({"b": world}, methods, [5], ["frontier"], note=notes.append)
    assert [row.method for row in rows] == ["random_sampling"]
    assert notes[0].startswith("b, frontier: unit left out: score: scores from 0 to 7")


def test_a_failing_method_is_raised_or_handed_over() -> None:
    def fail() -> Predictor:
        raise RuntimeError("broken")

    methods = {"bad": Method(RandomDesign, fail)} | RANDOM
    with pytest.raises(RuntimeError, match="broken") as caught:
        run_benchmark({"b": rasch_world()}, methods, [5], ["frontier"])
    assert caught.value.__notes__ == ["on b, frontier, by bad"]
    failed: list[str] = []
    rows = run_benchmark(
        {"b": rasch_world()},
        methods,
        [5],
        ["frontier"],
        on_failure=lambda *at: failed.append(at[0]),
    )
    assert failed == ["b, frontier: bad"]
    assert [row.method for row in rows] == ["random_sampling"]


def test_progress_counts_every_fit() -> None:
    reported: list[Progress] = []
    worlds = {"a": rasch_world(), "tiny": rasch_world(4)}
    splits = ["interpolation", "extrapolation", "frontier", "group"]
    run_benchmark(worlds, RANDOM | TWO_STAGES, [5], splits, 2, progress=reported.append)
    # Method by method; the tiny matrix gives no trial.
    assert [step.done for step in reported] == [*range(1, 9), *range(17, 25)]
    assert {step.total for step in reported} == {32}


def test_budgets_are_items_or_shares() -> None:
    assert budget_items(50, 1000) == 50
    assert budget_items(50, 20) == 20
    assert budget_items(0.1, 1319) == 132
    assert budget_items(0.001, 100) == 2
    assert budget_items(1.0, 100) == 100


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"budgets": [0]}, "budget: 0"),
        ({"budgets": [1.5]}, "budget: 1.5"),
        ({"budgets": [float("nan")]}, "budget: nan"),
        ({"splits": ["frontir"]}, 'split: "frontir".*Did you mean "frontier"'),
        ({"repeats": 0}, "repeats: 0"),
    ],
)
def test_bad_arguments_are_named(options: dict[str, Any], fault: str) -> None:
    with pytest.raises(UserError, match=fault):
        run_benchmark({"b": rasch_world()}, RANDOM, **options)


def test_a_miss_costs_forty_times_its_distance() -> None:
    methods = RANDOM | {"far": Method(RandomDesign, partial(Shifted, -0.03, 0.02))}
    _, far = run_benchmark({"b": _constant_world()}, methods, [5], ["interpolation"], 2)
    # 4 points wide, 1 point beside the truth.
    assert far.interval_score == pytest.approx(4 + 40 * 1, abs=1e-3)
