"""Names and numbers of pandas objects, which are recognised without importing pandas."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval_predict.errors import UserError


class NamedScores(NamedTuple):
    """Scores that came with a name each, NaN where there is none."""

    names: tuple[str, ...]
    scores: NDArray[np.float64]


def is_frame(given: object) -> bool:
    """Whether this is a pandas frame, or behaves like one."""
    return hasattr(given, "columns") and hasattr(given, "index") and hasattr(given, "to_numpy")


def is_series(given: object) -> bool:
    """Whether this is a pandas series, or behaves like one."""
    return hasattr(given, "index") and hasattr(given, "to_numpy") and not is_frame(given)


def names_of(field: str, labels: Iterable[Any]) -> tuple[str, ...]:
    """Labels as names: text as it is, whole numbers as text.

    Raises:
        UserError: (a ValueError) on labels that are empty, of another kind, or repeat.
    """
    names = tuple(_name(field, label) for label in labels)
    if len(set(names)) < len(names):
        seen: set[str] = set()
        first = next(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise UserError(field=field, got=f'"{first}" more than once', expected="each name once")
    return names


def numbers_of(field: str, given: Any) -> NDArray[np.float64]:
    """Cells as floats, NaN for missing.

    Raises:
        UserError: (a ValueError) on cells that are no numbers.
    """
    try:
        return np.asarray(
            given.to_numpy(dtype=np.float64, na_value=np.nan)
            if hasattr(given, "to_numpy")
            else np.asarray(given, dtype=np.float64)
        )
    except (TypeError, ValueError) as error:
        raise UserError(
            field=field,
            got=error,
            expected="numbers alone",
            fix="A table of rows needs the columns model, item and score; a table of models by"
            " items has names in its index and columns and scores elsewhere.",
        ) from error


def named_scores(given: Mapping[Any, Any] | Any) -> NamedScores:
    """A series or a mapping of scores by name.

    Raises:
        UserError: (a ValueError) on names that are empty or repeat, and scores that are no numbers.
    """
    if isinstance(given, Mapping):
        names = names_of("scores", given)
        cells = [np.nan if score is None else score for score in given.values()]
        return NamedScores(names, numbers_of("scores", cells))
    return NamedScores(names_of("scores", given.index), numbers_of("scores", given))


def in_order_of(field: str, given: Any, reference: Any) -> Any:
    """A series in the order of another's names; anything else as it is.

    Raises:
        UserError: (a ValueError) on names that only one of two series has.
    """
    if not (is_series(given) and is_series(reference)):
        return given
    names, wanted = names_of(field, given.index), names_of(field, reference.index)
    if names == wanted:
        return given
    place = {name: position for position, name in enumerate(names)}
    apart = sorted(set(names) ^ set(wanted))
    if apart:
        raise UserError(
            field=field,
            got=f'{len(apart)} items that only one of the two has (first: "{apart[0]}")',
            expected="the same items",
            fix="Keep the items that both have: index.intersection(other.index).",
        )
    return given.iloc[[place[name] for name in wanted]]


def _name(field: str, label: Any) -> str:
    whole = isinstance(label, int | np.integer) and not isinstance(label, bool)
    if (isinstance(label, str) and label) or whole:
        return str(label)
    raise UserError(
        field=field,
        got=f"the name {label!r}",
        expected="text or a whole number",
        fix="Give each model and item one name, as text.",
    )
