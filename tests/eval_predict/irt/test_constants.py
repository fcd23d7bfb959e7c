"""The default method takes its numbers from one table."""

import numpy as np
import pytest
from worlds import factor_world

from eval_predict import ScoreMatrix
from eval_predict.bench.runner import observe
from eval_predict.irt import constants
from eval_predict.predict.auto import Auto
from eval_predict.select.active import ActiveDesign, CoresetDesign
from eval_predict.select.design import Design

WORLD = factor_world(np.random.default_rng(0).normal(size=34), 120)
HISTORY = ScoreMatrix.from_array(WORLD.scores_MN[:30])
TRUTH_TN = WORLD.scores_MN[30:]
STAGED, SHRUNK = constants.STAGED_DESIGN, constants.STAGED_SHRINKAGE


def _values(design: Design) -> tuple[list[int], list[float]]:
    """Which items are drawn; the estimates and their upper bounds."""
    observed = observe(design.fit(HISTORY), 30, TRUTH_TN, np.random.default_rng(0))
    estimates = Auto().fit(HISTORY).predict_many(observed)
    return observed.items_Tn.ravel().tolist(), [
        bound for estimate in estimates for bound in (estimate.value, estimate.high)
    ]


@pytest.mark.parametrize(
    ("where", "name", "changed"),
    [
        ("select.active", "STAGED_DESIGN", STAGED._replace(first=constants.Sizes(0.9, 0.5))),
        ("select.active_sampling", "STAGED_DESIGN", STAGED._replace(later=constants.Sizes(1, 3))),
        ("irt.explanations", "STAGED_DESIGN", STAGED._replace(misfit_share=0.9)),
        ("irt.explanations", "STAGED_DESIGN", STAGED._replace(evidence_power=0.01)),
        ("select.active_sampling", "ABILITIES", (-3.0, 3.0)),
    ],
)
def test_draws_follow_the_table(
    monkeypatch: pytest.MonkeyPatch, where: str, name: str, changed: object
) -> None:
    before = _values(ActiveDesign())
    monkeypatch.setattr(f"eval_predict.{where}.{name}", changed)
    assert _values(ActiveDesign())[0] != before[0]


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
    ],
)
def test_estimates_follow_the_table(
    monkeypatch: pytest.MonkeyPatch, changed: dict[str, object]
) -> None:
    before = _values(ActiveDesign())
    changed_shrinkage = SHRUNK._replace(**changed)  # type: ignore[arg-type]
    monkeypatch.setattr("eval_predict.predict.auto.STAGED_SHRINKAGE", changed_shrinkage)
    assert _values(ActiveDesign())[1] != before[1]


def test_one_shot_draws_and_estimates_have_numbers_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = _values(CoresetDesign())
    changed = constants.ONE_SHOT_SHRINKAGE._replace(free_evidence=20.0)
    monkeypatch.setattr("eval_predict.predict.auto.ONE_SHOT_SHRINKAGE", changed)
    assert _values(CoresetDesign())[1] != before[1]
    sizes = constants.Sizes(0.0, 0.5)
    monkeypatch.setattr("eval_predict.select.active_sampling.ONE_SHOT_SIZES", sizes)
    assert _values(CoresetDesign())[0] != before[0]


def test_shares_are_shares_and_stages_reach_the_whole_budget() -> None:
    for shrinkage in (constants.STAGED_SHRINKAGE, constants.ONE_SHOT_SHRINKAGE):
        assert sum(shrinkage.size_shares) == pytest.approx(1, abs=0.002)
        assert len(shrinkage.size_shares) == len(shrinkage.sizes)
    assert STAGED.reached[-1] == 1
