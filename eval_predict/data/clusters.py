"""Which passage or template each item belongs to."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval_predict.errors import UserError


def labels_of(
    clusters: Mapping[Any, object] | Any,
    items: Sequence[str],
    where: Path | None = None,
    field: str = "clusters",
) -> list[str]:
    """A label for each of the items, in their order.

    Args:
        clusters: labels by item name: a mapping or a pandas series.
        items: the names.
        where: the file that they come from.
        field: the column that they come from.

    Raises:
        UserError: (a ValueError) on an item without a label.
    """
    by_name = {str(name): label for name, label in dict(clusters).items()}
    # NaN differs from itself.
    missing = [
        item
        for item in items
        if by_name.get(item) is None or by_name[item] != by_name[item] or by_name[item] == ""
    ]
    if missing:
        raise UserError(
            where=where,
            field=field,
            got=f'no cluster for {len(missing)} of {len(items)} items (first: "{missing[0]}")',
            expected="one for each item of the history",
            fix="Give an item that stands alone a cluster of its own.",
        )
    return [str(by_name[item]) for item in items]
