import numpy as np
import pytest
from worlds import rasch_world

from eval_predict import METHODS, UserError

HISTORY = rasch_world(20, 50)


@pytest.mark.parametrize(
    "name", ["auto", "auto_coreset", "random_sampling", "anchor_points_weighted"]
)
@pytest.mark.parametrize("budget", [0, 51, 80])
def test_a_budget_that_the_benchmark_cannot_fill_is_refused(name: str, budget: int) -> None:
    design = METHODS[name].design().fit(HISTORY)
    with pytest.raises(UserError, match=rf"budget: {budget} items; expected 1 to 50"):
        design.select(budget, np.random.default_rng(0))


def test_a_budget_of_all_items_draws_each_once() -> None:
    design = METHODS["random_sampling"].design().fit(HISTORY)
    drawn = design.select(50, np.random.default_rng(0))
    assert sorted(drawn.items_Tn[0].tolist()) == list(range(50))
    assert (drawn.probability_Tn == 1).all()
