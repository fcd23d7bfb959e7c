import numpy as np
import pytest

from eval_predict.bench.gain_worlds import WORLDS, topic_items


def _scores(seed: int = 0, models: int = 20, items: int = 200) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.random((models, items)) < 0.6).astype(float)


@pytest.mark.parametrize(("world", "points"), [("loses_3", 3), ("loses_5", 5), ("loses_9", 9)])
def test_a_losing_round_loses_that_many_points_and_gains_nothing(world: str, points: int) -> None:
    scores_MN = _scores()
    made_N = WORLDS[world](scores_MN[0], scores_MN, np.random.default_rng(1))
    change_N = made_N - scores_MN[0]
    assert change_N.sum() == -points * 2  # of 200 items
    assert change_N.max() == 0


def test_a_round_without_a_gain_changes_items_both_ways() -> None:
    scores_MN = _scores()
    made_N = WORLDS["no_gain"](scores_MN[0], scores_MN, np.random.default_rng(1))
    change_N = made_N - scores_MN[0]
    assert change_N.sum() == 0
    assert (change_N == 1).sum() == (change_N == -1).sum() == 8  # 4% of 200 items


def test_a_topics_gain_is_inside_a_fifth_of_the_items() -> None:
    scores_MN = _scores()
    made_N = WORLDS["topic"](scores_MN[0], scores_MN, np.random.default_rng(1))
    topic_N = topic_items(scores_MN, np.random.default_rng(1))
    change_N = made_N - scores_MN[0]
    assert topic_N.sum() == 40
    assert not change_N[~topic_N].any()
    assert change_N.sum() == round(0.7 * (scores_MN[0][topic_N] == 0).sum())


def test_a_topic_holds_items_that_models_get_right_together() -> None:
    # Two blocks of items, each right for one half of the models.
    first_N = np.arange(100) < 50
    scores_MN = np.array([first_N if model % 2 else ~first_N for model in range(10)], float)
    topic_N = topic_items(scores_MN, np.random.default_rng(0))
    assert topic_N[first_N].sum() in (0, 20)


def test_a_round_with_too_few_answers_to_lose_is_not_made() -> None:
    scores_MN = np.zeros((3, 200))
    scores_MN[0, :10] = 1
    assert WORLDS["loses_9"](scores_MN[0], scores_MN, np.random.default_rng(0)) is None
