"""The default method takes its numbers from one table, the bench those without the matrix."""

from typing import Any

import numpy as np
import pytest
from worlds import factor_world

from eval_predict import METHODS, ScoreMatrix
from eval_predict.bench.runner import observe, run_benchmark
from eval_predict.irt.constants import AUTO, LEFT_OUT, MATRICES, AutoConstants, Sizes
from eval_predict.predict.auto import AutoPredictor
from eval_predict.select.active import ActiveDesign, CoresetDesign
from eval_predict.select.design import Design

WORLD = factor_world(np.random.default_rng(0).normal(size=34), 120)
HISTORY = ScoreMatrix.from_array(WORLD.scores_MN[:30])
TRUTH_TN = WORLD.scores_MN[30:]


def _values(design: type[Design], constants: AutoConstants) -> tuple[list[int], list[float]]:
    """Which items are drawn; the estimates and their upper bounds."""
    made = design(constants).fit(HISTORY)  # type: ignore[call-arg]
    observed = observe(made, 30, TRUTH_TN, np.random.default_rng(0))
    estimates = AutoPredictor(constants).fit(HISTORY).predict_many(observed)
    return observed.items_Tn.ravel().tolist(), [
        bound for estimate in estimates for bound in (estimate.value, estimate.high)
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"first": Sizes(0.9, 0.5)},
        {"later": Sizes(1, 3)},
        {"misfit_share": 0.9},
        {"evidence_power": 0.01},
        {"reached": (0.5, 1.0)},
    ],
)
def test_draws_follow_the_table(changed: dict[str, Any]) -> None:
    constants = AUTO._replace(staging=AUTO.staging._replace(**changed))
    assert _values(ActiveDesign, constants)[0] != _values(ActiveDesign, AUTO)[0]


def test_first_draws_follow_the_abilities_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    before = _values(ActiveDesign, AUTO)
    monkeypatch.setattr("eval_predict.select.active_sampling.ABILITIES", (-3.0, 3.0))
    assert _values(ActiveDesign, AUTO)[0] != before[0]


@pytest.mark.parametrize(
    "changed",
    [
        {"sizes": (0.5, 1.0, 2.0, 4.0, 8.0, 9.0)},
        {"size_shares": (0.0001, 0.0001, 0.0001, 0.0001, 0.0001, 1.0)},
        {"free_evidence": 20.0},
        {"evidence_power": 0.0},
        {"overdispersion": 3.0},
        {"design_overdispersion": 9.0},
        {"spent_freedom": 25.0},
        {"least_variance": 3.0},
    ],
)
def test_estimates_follow_the_table(changed: dict[str, Any]) -> None:
    constants = AUTO._replace(staged_shrinkage=AUTO.staged_shrinkage._replace(**changed))
    assert _values(ActiveDesign, constants)[1] != _values(ActiveDesign, AUTO)[1]


def test_one_shot_draws_and_estimates_have_numbers_of_their_own() -> None:
    before = _values(CoresetDesign, AUTO)
    shrinkage = AUTO.one_shot_shrinkage._replace(free_evidence=20.0)
    assert _values(CoresetDesign, AUTO._replace(one_shot_shrinkage=shrinkage))[1] != before[1]
    sizes = AUTO._replace(one_shot_sizes=Sizes(0.0, 0.5))
    assert _values(CoresetDesign, sizes)[0] != before[0]


def test_each_matrix_has_constants_of_its_own() -> None:
    assert set(LEFT_OUT) == set(MATRICES)
    assert all(constants != AUTO for constants in LEFT_OUT.values())


@pytest.mark.parametrize("name", ["auto", "auto_coreset"])
def test_the_bench_measures_a_matrix_with_constants_chosen_without_it(name: str) -> None:
    used: list[AutoConstants] = []

    def predictor(constants: AutoConstants = AUTO) -> AutoPredictor:
        used.append(constants)
        return AutoPredictor(constants)

    method = METHODS[name]._replace(predictor=predictor)
    matrices, notes = {"gsm": HISTORY, "mine": HISTORY}, list[str]()
    run_benchmark(matrices, {name: method}, (20,), ("interpolation",), 1, note=notes.append)
    assert used == [LEFT_OUT["gsm"], AUTO]
    assert notes == [f"gsm: {name} has constants that were chosen without this benchmark"]
    assert METHODS[name].without("gsm").design().constants == LEFT_OUT["gsm"]  # type: ignore[attr-defined]


def test_shares_are_shares_and_stages_reach_the_whole_budget() -> None:
    for constants in (AUTO, *LEFT_OUT.values()):
        for shrinkage in (constants.staged_shrinkage, constants.one_shot_shrinkage):
            assert sum(shrinkage.size_shares) == pytest.approx(1, abs=0.003)
            assert len(shrinkage.size_shares) == len(shrinkage.sizes)
        assert constants.staging.reached[-1] == 1
