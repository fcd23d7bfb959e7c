from functools import partial

import numpy as np
import pytest
from worlds import rasch_world

from eval_predict import ScoreMatrix
from eval_predict.bench.splits import (
    MIN_HISTORY,
    SplitRule,
    extrapolation,
    few,
    frontier,
    frontier_down,
    group,
    interpolation,
    mirrored,
)

RULES = [interpolation, extrapolation, frontier, group, mirrored, frontier_down]
MORE = [*RULES, partial(few, models=4)]


def _relatives(families: int = 8, size: int = 3, items: int = 400, seed: int = 0) -> ScoreMatrix:
    """Families whose members differ in one score of twenty; names tell nothing."""
    rng = np.random.default_rng(seed)
    parents = rng.random((families, items)) < rng.uniform(0.3, 0.8, (families, 1))
    scores_MN = np.repeat(parents, size, axis=0)
    flips = rng.random(scores_MN.shape) < 0.05
    return ScoreMatrix.from_array((scores_MN ^ flips).astype(float))


@pytest.mark.parametrize("rule", MORE)
@pytest.mark.parametrize("models", [8, 25, 83])
def test_no_model_is_on_both_sides_and_the_draw_repeats(rule: SplitRule, models: int) -> None:
    matrix = rasch_world(models, seed=models)
    for repeat in range(3):
        drawn = rule(matrix, repeat, 5)
        assert drawn is not None
        assert len(drawn.history_H) >= MIN_HISTORY
        assert len(drawn.targets_T) >= 1
        assert not np.intersect1d(drawn.history_H, drawn.targets_T).size
        again = rule(matrix, repeat, 5)
        assert again is not None
        np.testing.assert_array_equal(drawn.history_H, again.history_H)


@pytest.mark.parametrize(
    ("rule", "sizes", "above"),
    [
        (extrapolation, (20, 12), True),
        (frontier, (36, 4), True),
        (mirrored, (20, 12), False),
        (frontier_down, (36, 4), False),
    ],
)
def test_targets_lie_beyond_all_history(
    rule: SplitRule, sizes: tuple[int, int], above: bool
) -> None:
    matrix = rasch_world(40, 200)
    drawn = rule(matrix, 0, 0)
    assert drawn is not None
    sign = 1 if above else -1
    lead_M = sign * matrix.mean_M
    assert lead_M[drawn.targets_T].min() >= lead_M[drawn.history_H].max()
    assert (len(drawn.history_H), len(drawn.targets_T)) == sizes


@pytest.mark.parametrize("models", [4, 8])
def test_few_models_of_history_are_drawn_anew_each_time(models: int) -> None:
    matrix = rasch_world(24)
    drawn = [few(matrix, repeat, 0, models) for repeat in range(3)]
    assert {len(split.history_H) for split in drawn if split} == {models}
    assert {len(split.targets_T) for split in drawn if split} == {24 - models}
    assert len({tuple(split.history_H) for split in drawn if split}) == 3
    assert few(matrix, 0, 0, 24) is None


@pytest.mark.parametrize("rule", [extrapolation, frontier, mirrored, frontier_down])
def test_the_order_of_rows_does_not_matter(rule: SplitRule) -> None:
    matrix = rasch_world(30, 12)  # few items, so that models tie
    shuffled = matrix.take_models(np.random.default_rng(0).permutation(30))
    sides = []
    for world in (matrix, shuffled):
        drawn = rule(world, 0, 0)
        assert drawn is not None
        sides.append({world.models[target] for target in drawn.targets_T})
    assert sides[0] == sides[1]


def test_interpolation_holds_out_another_quarter_each_time() -> None:
    matrix = rasch_world(40)
    held = [interpolation(matrix, repeat, 0) for repeat in range(5)]
    targets = [tuple(drawn.targets_T) for drawn in held if drawn]
    assert {len(held_out) for held_out in targets} == {10}
    assert len(set(targets)) == 5


def test_a_provider_is_held_out_whole() -> None:
    matrix = rasch_world(24)
    seen = set()
    for repeat in range(6):
        drawn = group(matrix, repeat, 0)
        assert drawn is not None
        providers = {matrix.models[target].partition("/")[0] for target in drawn.targets_T}
        assert len(providers) == 1
        assert len(drawn.targets_T) == 4
        seen |= providers
    assert len(seen) == 6


def test_near_duplicates_are_held_out_together() -> None:
    matrix = _relatives()
    for repeat in range(4):
        drawn = group(matrix, repeat, 0)
        assert drawn is not None
        families = set((drawn.targets_T // 3).tolist())
        # Clusters are about five models, so one may hold two families, but never a part of one.
        assert len(drawn.targets_T) == 3 * len(families)


@pytest.mark.parametrize("rule", MORE)
def test_too_few_models_give_no_split(rule: SplitRule) -> None:
    assert rule(rasch_world(4), 0, 0) is None
