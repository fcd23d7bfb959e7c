import numpy as np

from eval_predict import ScoreMatrix
from eval_predict.data.draw import Draw
from eval_predict.data.observed import Selection

MATRIX = ScoreMatrix.from_array(np.eye(3), items=["a", "b", "c"])


def test_a_draw_is_a_selection_by_name_in_random_order():
    selection = Selection(np.array([[0, 2]]), np.array([[0.5, 0.25]]))
    draw = Draw.of(selection, MATRIX, np.random.default_rng(0))
    assert dict(zip(draw.items, draw.probability, strict=True)) == {"a": 0.5, "c": 0.25}
    assert len(draw) == 2


def test_a_chosen_item_has_no_probability_in_its_row():
    rows = Draw(("a", "b"), (0.5, float("nan"))).rows(stage=1)
    assert [(row.probability, row.stage, row.order, row.drawn) for row in rows] == [
        (0.5, 1, 0, 2),
        (None, 1, 1, 2),
    ]
    assert list(Draw(("a",), (1.0,)).to_frame()["item"]) == ["a"]
