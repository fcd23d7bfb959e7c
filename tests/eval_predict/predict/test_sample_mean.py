import numpy as np
import pytest
from worlds import rasch_world

from eval_predict import METHODS, Observed, ScoreMatrix
from eval_predict.select.design import RandomDesign


@pytest.mark.parametrize("name", ["random_sampling", "auto"])
@pytest.mark.parametrize("models", [1, 2, 3])
@pytest.mark.parametrize("n", [10, 50])
def test_few_models_of_history_still_leave_an_interval_that_covers(
    name: str, models: int, n: int
) -> None:
    history = ScoreMatrix.from_array((np.arange(200 * models) % 7 > 0).reshape(models, 200) * 1.0)
    truth_N = (np.arange(200) % 20 > 0) * 1.0  # 95% are right
    rng = np.random.default_rng(n)
    predictor, design = METHODS[name].predictor().fit(history), RandomDesign().fit(history)
    covered = 0
    for _ in range(400):
        estimate = predictor.predict(Observed.of(design.select(n, rng), truth_N[None]))
        covered += estimate.low <= 0.95 <= estimate.high
    assert covered >= 0.93 * 400


def test_all_right_in_a_draw_is_not_all_right() -> None:
    history = rasch_world(20, 100)
    observed = Observed.of(
        RandomDesign().fit(history).select(10, np.random.default_rng(0)), np.ones((1, 100))
    )
    estimate = METHODS["random_sampling"].predictor().fit(history).predict(observed)
    # (N - n)/((N - 1) n) = 90/990 = 1/11, so n of n right leave 11 / (11 + z²) = .741, and out to
    # the next whole count.
    assert (estimate.value, estimate.low, estimate.high) == (1, 0.74, 1)


def test_graded_scores_use_their_own_spread_and_not_that_of_right_and_wrong() -> None:
    rng = np.random.default_rng(0)
    history = ScoreMatrix.from_array(rng.uniform(0.4, 0.6, (12, 200)))
    truth_TN = rng.uniform(0.4, 0.6, (1, 200))
    observed = Observed.of(RandomDesign().fit(history).select(10, rng), truth_TN)
    estimate = METHODS["random_sampling"].predictor().fit(history).predict(observed)
    # The standard deviation of a uniform between .4 and .6 is .2/√12; of 0/1 scores it is .5.
    assert estimate.high - estimate.low < 2 * 2.262 * 1.5 * 0.2 / np.sqrt(12 * 10)
    assert estimate.low < truth_TN.mean() < estimate.high
