"""Summaries of the protocol's rows, and their file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eval_predict.bench.bis_protocol import BisRow
from eval_predict.data.csv_rows import write_csv

_BASELINE = "source_mean"


@dataclass(frozen=True, slots=True)
class BisSummary:
    """One method over all pairs of source and target, seeds and models.

    Attributes:
        shift: as in `BisRow`.
        method: as in `BisRow`.
        mae: mean absolute error, in points of 100.
        ratio: the mean error by the source mean's, each over all pairs.
        mean_ratio: mean over pairs of the error by the source mean's, models and seeds together.
        worst_ratio: the largest of these.
        coverage: share of 90% intervals that hold the truth.
        width: mean width of the intervals, in points of 100.
        pairs: how many there are.
    """

    shift: str
    method: str
    mae: float
    ratio: float
    mean_ratio: float
    worst_ratio: float
    coverage: float
    width: float
    pairs: int


def summarise_bis(rows: Sequence[BisRow]) -> list[BisSummary]:
    """One summary for each shift and method, in the order of the rows.

    A method with settings in brackets is set against the source mean of the same pairs, the one
    with the same source size where there is one.
    """
    errors: dict[tuple[str, str], dict[tuple[str, str], list[BisRow]]] = {}
    for row in rows:
        pair = (row.source, row.target)
        errors.setdefault((row.shift, row.method), {}).setdefault(pair, []).append(row)
    return [
        _summary(shift, method, by_pair, errors.get((shift, _baseline(rows, method)), {}))
        for (shift, method), by_pair in errors.items()
    ]


def write_bis_rows(rows: Iterable[BisRow], path: Path) -> int:
    """Write rows as CSV, one by one as they come, and say how many.

    Raises:
        UserError: (a ValueError) on a file that cannot be written.
    """
    return write_csv(BisRow, rows, path)


def _baseline(rows: Sequence[BisRow], method: str) -> str:
    """The source mean's name with the settings that it shares with a method."""
    names = {row.method for row in rows if row.method.startswith(_BASELINE)}
    return max(names, key=lambda name: len(_settings(name) & _settings(method)), default="")


def _settings(method: str) -> set[str]:
    return set(method.partition("[")[2].rstrip("]").split(",")) - {""}


def _summary(
    shift: str,
    method: str,
    by_pair: dict[tuple[str, str], list[BisRow]],
    base: dict[tuple[str, str], list[BisRow]],
) -> BisSummary:
    errors = {
        pair: float(np.mean([abs(row.error) for row in part])) for pair, part in by_pair.items()
    }
    plain = {
        pair: float(np.mean([abs(row.error) for row in base[pair]]))
        for pair in errors
        if pair in base
    }
    ratios = [errors[pair] / plain[pair] for pair in plain if plain[pair] > 0] or [float("nan")]
    rows = [row for part in by_pair.values() for row in part]
    total = sum(plain.values())
    return BisSummary(
        shift,
        method,
        100 * float(np.mean([abs(row.error) for row in rows])),
        sum(errors[pair] for pair in plain) / total if total else float("nan"),
        float(np.mean(ratios)),
        max(ratios),
        float(np.mean([row.low <= row.truth <= row.high for row in rows])),
        100 * float(np.mean([row.high - row.low for row in rows])),
        len(by_pair),
    )
