import numpy as np
import pytest
from worlds import rasch_world

from eval_predict import UserError
from eval_predict.bench.worlds import FAMILIES, WORLDS, expand_worlds, simulated

MATRIX = rasch_world(24, 200)
TARGETS_T = np.arange(5)
TRUTH_TN = MATRIX.dense_MN()[TARGETS_T]


def _truth(world: str, key: int = 0) -> np.ndarray:
    return WORLDS[world].truth(MATRIX, TARGETS_T, (0, key))


@pytest.mark.parametrize("percent", [10, 30, 40])
def test_a_damaged_target_loses_that_share_of_its_right_answers(percent: int) -> None:
    changed_TN = _truth(f"damaged_{percent}")
    assert (changed_TN <= TRUTH_TN).all()
    right_T = TRUTH_TN.sum(axis=1)
    np.testing.assert_allclose(changed_TN.sum(axis=1), right_T - np.round(percent / 100 * right_T))


def test_a_guesser_is_as_often_right_as_weak_models_and_on_no_item_more() -> None:
    changed_TN = np.vstack([_truth("guesser", key) for key in range(80)])
    assert changed_TN.mean() == pytest.approx(np.quantile(MATRIX.mean_M, 0.05), abs=0.01)
    # 400 guesses an item: easy ones are right as often as hard ones, within four standard errors.
    easy_N = MATRIX.mean_N > np.median(MATRIX.mean_N)
    assert abs(changed_TN[:, easy_N].mean() - changed_TN[:, ~easy_N].mean()) < 0.02


def test_a_memoriser_has_a_third_of_all_items_right_beside_its_own() -> None:
    changed_TN = _truth("memoriser")
    assert (changed_TN >= TRUTH_TN).all()
    wrong_T = (TRUTH_TN == 0).sum(axis=1)
    gained_T = (changed_TN - TRUTH_TN).sum(axis=1)
    # A third of the wrong answers, within four standard errors of a hypergeometric draw.
    assert (np.abs(gained_T - wrong_T / 3) < 4 * np.sqrt(wrong_T * 2 / 9)).all()


def test_a_specialist_gains_on_a_fifth_of_the_items_at_most() -> None:
    changed_TN = _truth("specialist")
    gained_T = (changed_TN - TRUTH_TN).sum(axis=1)
    assert (changed_TN >= TRUTH_TN).all()
    assert (gained_T > 0).all()
    assert (gained_T <= 0.7 * 0.2 * 200).all()


@pytest.mark.parametrize(("share", "shape"), [(0.95, (80, 1000)), (0.03, (80, 1000))])
def test_a_simulated_matrix_has_the_share_of_right_answers_asked_for(
    share: float, shape: tuple[int, int]
) -> None:
    matrix = simulated(share, seed=0)
    assert matrix.shape == shape
    assert matrix.mean_M.mean() == pytest.approx(share, abs=0.005)


@pytest.mark.parametrize("world", list(WORLDS))
def test_the_same_key_gives_the_same_scores(world: str) -> None:
    np.testing.assert_array_equal(_truth(world), _truth(world))


def test_families_stand_for_all_of_their_kind_once() -> None:
    names = expand_worlds(["few_8", "few", "damaged", "frontier"])
    assert sorted(names) == sorted({*FAMILIES["few"], *FAMILIES["damaged"], "frontier"})
    with pytest.raises(UserError, match=r'"damagd".*Did you mean "damaged"'):
        expand_worlds(["damagd"])
