import pytest

from eval_predict.select.budget import budget_items


@pytest.mark.parametrize(
    ("budget", "num_items", "items"),
    [
        (50, 1000, 50),
        (50, 20, 20),  # never more than there are
        (0.1, 1000, 100),
        (0.001, 1000, 2),  # a share stands for two items at least
        (1.0, 7, 7),
        (1, 7, 1),  # an int is a number of items, also where the float is all of them
    ],
)
def test_a_budget_is_a_number_of_items_or_a_share_of_them(
    budget: float, num_items: int, items: int
) -> None:
    assert budget_items(budget, num_items) == items
