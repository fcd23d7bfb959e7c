"""`ScoreMatrix`: the scores of M models on N items, one byte a score where they are 0 or 1."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from eval_predict.data.frames import is_frame, names_of, numbers_of
from eval_predict.errors import UserError, nearest

MISSING = np.uint8(255)
LARGEST = float(np.finfo(np.float32).max)  # of a score
_BLOCK = 1 << 24  # scores turned into floats at a time


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class ScoreMatrix:
    """Scores of M models on N items; a pair that nobody ran is missing.

    Attributes:
        models: the M names, each once.
        items: the N names, each once.
        stored_MN: uint8 with 255 for missing where all scores are 0 or 1, else float32 with NaN.
        metadata: what is known of the items (a column `item`, in the order of `items`), or None.
    """

    models: tuple[str, ...]
    items: tuple[str, ...]
    stored_MN: NDArray[Any]
    metadata: pa.Table | None = None

    @classmethod
    def from_array(
        cls,
        scores_MN: ArrayLike,
        models: Sequence[str] | None = None,
        items: Sequence[str] | None = None,
        metadata: pa.Table | None = None,
    ) -> Self:
        """Take scores as an array or a pandas frame, NaN for missing.

        A frame's index names the models, its columns the items. An array's names default to
        positions.

        Raises:
            UserError: (a ValueError) on another shape than (M, N), names that repeat, are too
                many or too few or other ones than the frame's, and infinite scores.

        Examples:
            >>> ScoreMatrix.from_array([[1, 0, 1]], models=["gpt"]).items
            ('0', '1', '2')
        """
        if is_frame(scores_MN):
            frame: Any = scores_MN
            models = _frame_names("models", frame.index, models)
            items = _frame_names("items", frame.columns, items)
            scores = numbers_of("scores_MN", frame)
        else:
            scores = np.asarray(scores_MN)
        if scores.ndim != 2 or not scores.size:
            raise UserError(
                field="scores_MN", got=f"shape {scores.shape}", expected="(M, N), M and N ≥ 1"
            )
        names = {
            "models": _numbered(scores.shape[0]) if models is None else names_of("models", models),
            "items": _numbered(scores.shape[1]) if items is None else names_of("items", items),
        }
        for (field, given), size in zip(names.items(), scores.shape, strict=True):
            _check_names(field, given, size)
        return cls(names["models"], names["items"], _pack(scores), metadata)

    @property
    def shape(self) -> tuple[int, int]:
        """The number of models and of items."""
        return len(self.models), len(self.items)

    @property
    def is_binary(self) -> bool:
        """Whether every score is 0 or 1."""
        return self.stored_MN.dtype == np.uint8

    @property
    def missing_MN(self) -> NDArray[np.bool_]:
        """Where there is no score."""
        missing: NDArray[np.bool_] = (
            self.stored_MN == MISSING if self.is_binary else np.isnan(self.stored_MN)
        )
        return missing

    def dense_MN(self, dtype: type[np.floating[Any]] = np.float64) -> NDArray[Any]:
        """The scores as floats, NaN where missing."""
        dense = self.stored_MN.astype(dtype)
        if self.is_binary:
            dense[self.stored_MN == MISSING] = np.nan
        return dense

    def filled_MN(self, dtype: type[np.floating[Any]] = np.float64) -> NDArray[Any]:
        """The scores as floats, a missing one filled by its item's mean plus its model's lead.

        The fill is kept inside the range of all scores. A row or column without any score takes
        the mean of all, and 0 where there is no score at all.
        """
        dense = self.dense_MN(dtype)
        missing = np.isnan(dense)
        if not missing.any():
            return dense
        if missing.all():
            return np.zeros_like(dense)
        grand = float(np.nanmean(dense))
        item_N = np.nan_to_num(self.mean_N, nan=grand).astype(dtype)
        seen_M = np.maximum((~missing).sum(axis=1), 1)
        # A model's lead is over the items it was run on, so a hard subset is not held against it.
        lead_M = np.where(missing, 0, dense - item_N).sum(axis=1, dtype=np.float64) / seen_M
        low, high = np.nanmin(dense, initial=np.inf), np.nanmax(dense, initial=-np.inf)
        for row, gaps, lead in zip(dense, missing, lead_M, strict=True):
            row[gaps] = np.clip(item_N[gaps] + lead, low, high)
        return dense

    @property
    def mean_M(self) -> NDArray[np.float64]:
        """Each model's mean over the items it was run on, NaN where there are none."""
        return _mean(self, axis=1)

    @property
    def mean_N(self) -> NDArray[np.float64]:
        """Each item's mean over the models that ran it, NaN where there are none."""
        return _mean(self, axis=0)

    @property
    def range(self) -> tuple[float, float]:
        """The lowest and highest score, (0, 1) where there are none."""
        seen = self.stored_MN[~self.missing_MN]
        return (float(seen.min()), float(seen.max())) if seen.size else (0.0, 1.0)

    def take_models(self, positions_m: ArrayLike) -> Self:
        """The matrix of these models alone, by position (or boolean mask)."""
        positions_m = np.asarray(positions_m)
        # An empty list has no type of its own, and becomes floats.
        rows = np.arange(len(self.models))[positions_m if positions_m.size else slice(0)]
        return type(self)(
            tuple(self.models[row] for row in rows), self.items, self.stored_MN[rows], self.metadata
        )

    def positions(self, items: Sequence[str]) -> NDArray[np.intp]:
        """Where these items stand.

        Raises:
            UserError: (a ValueError) on items that are not there, named and counted.
        """
        where = {item: position for position, item in enumerate(self.items)}
        unknown = [item for item in items if item not in where]
        if unknown:
            guess = nearest(unknown[0], self.items)
            shown = ", ".join(f'"{item}"' for item in unknown[:5])
            raise UserError(
                field="item",
                got=f"{len(unknown)} of {len(items)} unknown: {shown}"
                + (", …" if len(unknown) > 5 else ""),
                expected=f"items of the history ({len(self.items)} of them)",
                fix=f'Did you mean "{guess}"?' if guess else None,
            )
        return np.array([where[item] for item in items], dtype=np.intp)


def _numbered(size: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(size))


def _frame_names(field: str, labels: Any, given: Sequence[str] | None) -> tuple[str, ...]:
    names = names_of(field, labels)
    if given is not None and tuple(given) != names:
        raise UserError(
            field=field,
            got="other names than the frame's own",
            expected="the frame's names, or none",
            fix=f"Leave {field} out, or rename the frame.",
        )
    return names


def _check_names(field: str, names: tuple[str, ...], size: int) -> None:
    if len(names) != size:
        raise UserError(field=field, got=f"{len(names)} names", expected=f"{size}, one for each")


def _pack(scores: NDArray[Any]) -> NDArray[Any]:
    """One byte a score where all are 0 or 1, else float32."""
    # Row by row, since a large matrix would not fit another time.
    if scores.dtype == np.uint8 and all(((row <= 1) | (row == MISSING)).all() for row in scores):
        return scores
    if (np.abs(scores) > LARGEST).any():
        raise UserError(
            field="scores_MN",
            got=f"infinite scores, or larger than {LARGEST:.1e}",
            expected="finite ones, or NaN",
        )
    missing = np.isnan(scores)
    if bool((missing | (scores == 0) | (scores == 1)).all()):
        return np.where(missing, MISSING, scores).astype(np.uint8)
    return scores.astype(np.float32)


def _mean(matrix: ScoreMatrix, axis: int) -> NDArray[np.float64]:
    stored = matrix.stored_MN
    total = np.zeros(stored.shape[1 - axis])
    count = np.zeros(stored.shape[1 - axis])
    step = max(1, _BLOCK // stored.shape[1])
    for start in range(0, len(stored), step):
        block = stored[start : start + step]
        missing = block == MISSING if matrix.is_binary else np.isnan(block)
        sums = np.where(missing, 0, block).sum(axis=axis, dtype=np.float64)
        counts = (~missing).sum(axis=axis)
        if axis == 0:
            total, count = total + sums, count + counts
        else:
            total[start : start + step], count[start : start + step] = sums, counts
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)
