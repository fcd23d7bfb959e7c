import numpy as np
import pytest
from worlds import factor_world

from eval_predict import ScoreMatrix
from eval_predict.bench.runner import observe
from eval_predict.select.faq import FAQDesign

ITEMS = 80


WORLD = factor_world(np.random.default_rng(0).normal(size=36), ITEMS)


HISTORY = ScoreMatrix.from_array(WORLD.scores_MN[:30])


TRUTH_TN = WORLD.scores_MN[30:]


@pytest.mark.parametrize("learning", [0.0, 0.5])
def test_every_draw_states_probabilities_of_one_item_that_hold_an_even_share(
    learning: float,
) -> None:
    design = FAQDesign(learning=learning, warming=0.3).fit(HISTORY)
    observed = observe(design, 12, TRUTH_TN, np.random.default_rng(0))
    assert observed.stage_n.tolist() == list(range(12))
    left_n = ITEMS - np.arange(12)
    assert (observed.probability_Tn >= 0.25 / left_n - 1e-12).all()
    assert (observed.probability_Tn < 1).all()


def test_draws_happen_as_often_as_stated() -> None:
    design = FAQDesign().fit(HISTORY)
    design.stages(2)
    rng, counts_N, stated_N = np.random.default_rng(1), np.zeros(ITEMS), np.zeros(ITEMS)
    for _ in range(3000):
        selection = design.select(1, rng)
        counts_N[selection.items_Tn[0]] += 1
        stated_N[selection.items_Tn[0]] = selection.probability_Tn[0]
    error_N = np.sqrt(stated_N * (1 - stated_N) / 3000)
    assert (np.abs(counts_N / 3000 - stated_N) <= 4.5 * error_N + 0.001).all()
