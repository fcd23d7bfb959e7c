import numpy as np
import pytest
from worlds import rasch_world

from eval_predict import METHODS, Observed, UserError
from eval_predict.select.design import AdaptiveDesign

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


@pytest.mark.parametrize("name", ["auto", "pps_dr", "faq", "cf", "cf_debiased"])
@pytest.mark.parametrize("batch", [0, 11])
def test_a_batch_above_the_items_left_is_refused(name: str, batch: int) -> None:
    design = METHODS[name].design().fit(HISTORY)
    assert isinstance(design, AdaptiveDesign)
    observed = Observed(
        np.arange(40)[None], np.ones((1, 40)), np.full((1, 40), 0.8), np.zeros(40, np.intp)
    )
    with pytest.raises(UserError, match=rf"batch: {batch} items; expected 1 to 10, the items"):
        design.next(observed, batch, np.random.default_rng(0))


def test_a_batch_is_refused_where_no_item_is_left() -> None:
    design = METHODS["auto"].design().fit(HISTORY)
    assert isinstance(design, AdaptiveDesign)
    observed = Observed(
        np.arange(50)[None], np.ones((1, 50)), np.ones((1, 50)), np.zeros(50, np.intp)
    )
    with pytest.raises(UserError, match="expected no further draw, as all items were observed"):
        design.next(observed, 1, np.random.default_rng(0))
