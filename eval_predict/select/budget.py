"""The number of items of a budget."""


def budget_items(budget: float, num_items: int) -> int:
    """The number of items of a budget: an int as it is, a float as a share of all.

    At least 2 for a share, at most all items.
    """
    items = budget if isinstance(budget, int) else max(2, round(budget * num_items))
    return min(items, num_items)
