"""Makes a `ScoreMatrix` of tidy rows that come a batch at a time, in little more than its size."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from eval_predict.data.matrix import LARGEST, MISSING, ScoreMatrix
from eval_predict.data.tidy_files import column_fault, empty_cells
from eval_predict.errors import UserError

_GROWTH = 1.3  # room for more models or items, as a multiple of those known


class Located(NamedTuple):
    """Positions of B rows of a table in the matrix, and their scores (NaN for missing)."""

    row_B: NDArray[np.intp]
    column_B: NDArray[np.intp]
    score_B: NDArray[np.float64]


class MatrixBuilder:
    """Takes batches of `model, item, score` in any order of rows.

    The scores lie in one array that has some room to grow, one byte a score until one comes that
    is neither 0 nor 1. Whether a pair came twice is for the caller to see: then `num_scores()` is
    less than `scored_rows`.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.scored_rows = 0
        self._models, self._items = _Names("model"), _Names("item")
        self._stored_MN: NDArray[Any] = np.empty((0, 0), np.uint8)

    @property
    def models(self) -> list[str]:
        """The models so far, in order of appearance."""
        return self._models.names

    @property
    def items(self) -> list[str]:
        """The items so far, in order of appearance."""
        return self._items.names

    @property
    def shape(self) -> tuple[int, int]:
        """How many models and items there are so far."""
        return len(self.models), len(self.items)

    def add(self, file: Path, batch: pa.RecordBatch) -> None:
        """Put a batch's scores in their places.

        Raises:
            UserError: (a ValueError) on empty names, and scores that are no numbers or infinite.
        """
        where = self.locate(file, batch)
        self._make_room()
        scored = ~np.isnan(where.score_B)
        self.rows += len(scored)
        self.scored_rows += int(scored.sum())
        row_B, column_B, score_B = (part[scored] for part in where)
        if self._stored_MN.dtype == np.uint8 and not ((score_B == 0) | (score_B == 1)).all():
            self._stored_MN = _as_floats(self._stored_MN)
        self._stored_MN[row_B, column_B] = score_B.astype(self._stored_MN.dtype)

    def locate(self, file: Path, batch: pa.RecordBatch) -> Located:
        """Where a batch's rows belong; models and items not seen before get the next places."""
        row_B = self._models.codes(file, batch.column("model"))
        column_B = self._items.codes(file, batch.column("item"))
        return Located(row_B, column_B, _scores(file, batch))

    def num_scores(self) -> int:
        """How many pairs have a score."""
        return sum(int(_scored(row).sum()) for row in self._stored_MN)

    def matrix(
        self,
        items: tuple[str, ...] | None = None,
        metadata: pa.Table | None = None,
        where: Path | None = None,
    ) -> ScoreMatrix:
        """The matrix, with its items in the order of `items` where these are given.

        Raises:
            UserError: (a ValueError) where an item with a score is not in `items`.
        """
        if items is not None and items != tuple(self.items):
            self._reorder(items, where)
        M, N = self.shape
        stored = self._stored_MN
        if stored.shape != (M, N):
            stored = stored[:M, :N].copy()
        return ScoreMatrix(tuple(self.models), tuple(self.items), stored, metadata)

    def _make_room(self) -> None:
        room = self._stored_MN.shape
        if room[0] >= len(self.models) and room[1] >= len(self.items):
            return
        # The first batch often shows all items, and never all models.
        shape = [
            max(have, int(need * _GROWTH) if need > have else 0)
            for have, need in zip(room, self.shape, strict=True)
        ]
        wider = np.full(shape, _missing(self._stored_MN.dtype), self._stored_MN.dtype)
        wider[: room[0], : room[1]] = self._stored_MN
        self._stored_MN = wider

    def _reorder(self, items: tuple[str, ...], where: Path | None) -> None:
        place = {item: column for column, item in enumerate(items)}
        unknown = [item for item in self.items if item not in place]
        if unknown:
            raise UserError(
                where=where,
                field="item",
                got=f"{len(unknown)} of {len(self.items)} items with scores absent"
                f' (first: "{unknown[0]}")',
                expected="every item that has scores",
            )
        stored = self._stored_MN
        ordered = np.full((len(self.models), len(items)), _missing(stored.dtype), stored.dtype)
        columns = np.array([place[item] for item in self.items], np.intp)
        for row, given in zip(ordered, stored, strict=False):
            row[columns] = given[: len(columns)]
        self._stored_MN = ordered
        self._items.names = list(items)


class _Names:
    """Numbers for names, in order of appearance."""

    def __init__(self, field: str) -> None:
        self.names: list[str] = []
        self._field = field
        self._numbered = pa.array([], pa.string())

    def codes(self, file: Path, column: pa.Array) -> NDArray[np.intp]:
        local_B, names = self._local(file, column)
        code_K = self._find(names)
        fresh_K = np.isnan(code_K)
        if fresh_K.any():
            # A dictionary may hold names without a row, and its order is not that of the rows.
            first_K = np.full(len(names), len(local_B))
            first_K[local_B[::-1]] = np.arange(len(local_B))[::-1]
            fresh = np.flatnonzero(fresh_K & (first_K < len(local_B)))
            fresh = fresh[np.argsort(first_K[fresh])]
            new = names.take(pa.array(fresh))
            code_K[fresh] = len(self.names) + np.arange(len(fresh))
            self.names += new.to_pylist()
            self._numbered = pa.concat_arrays([self._numbered, new])
        return np.asarray(np.nan_to_num(code_K).astype(np.intp)[local_B])

    def _find(self, names: pa.Array) -> NDArray[np.float64]:
        """Each name's number so far, NaN for a new one."""
        found = pc.index_in(names, value_set=self._numbered)
        return np.asarray(found.cast(pa.float64()).to_numpy(zero_copy_only=False))

    def _local(self, file: Path, column: pa.Array) -> tuple[NDArray[Any], pa.Array]:
        try:
            if not pa.types.is_dictionary(column.type):
                column = column.dictionary_encode()
            names = column.dictionary.cast(pa.string())
        except pa.ArrowException as error:
            raise column_fault(file, self._field, error, "string") from error
        indices = column.indices
        blank = pc.index_in(pa.scalar(""), value_set=names).as_py()
        empty = column.null_count + (pc.sum(pc.equal(indices, blank)).as_py() or 0)
        if empty:
            raise empty_cells(file, self._field, empty, len(column))
        return indices.to_numpy(zero_copy_only=False), names


def _scores(file: Path, batch: pa.RecordBatch) -> NDArray[np.float64]:
    column = batch.column("score")
    try:
        scores = np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False))
    except pa.ArrowException as error:
        raise column_fault(file, "score", error, "numbers") from error
    infinite = np.flatnonzero(np.abs(scores) > LARGEST)
    if len(infinite):
        first = batch.slice(int(infinite[0]), 1).to_pylist()[0]
        raise UserError(
            where=file,
            field="score",
            got=f"{len(infinite)} infinite or larger than {LARGEST:.1e} "
            f'(first: model "{first["model"]}", item "{first["item"]}")',
            expected="finite numbers, empty where missing",
        )
    return scores


def _missing(dtype: np.dtype[Any]) -> Any:
    return MISSING if dtype == np.uint8 else np.nan


def _scored(stored: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray(stored != MISSING if stored.dtype == np.uint8 else ~np.isnan(stored))


def _as_floats(stored_MN: NDArray[Any]) -> NDArray[np.float32]:
    floats = stored_MN.astype(np.float32)
    floats[stored_MN == MISSING] = np.nan
    return floats
