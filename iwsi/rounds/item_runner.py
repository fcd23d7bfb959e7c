"""Runs test items for a forecast, batch by batch, or looks them up in a full test."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eval_predict.data.observed import Observed
from iwsi import records
from iwsi.rounds.context import Context, EngineInputs
from iwsi.rounds.results import scored


class ItemRunner:
    """Runs test items in batches, each kept in a folder of its own.

    Args:
        context: the stage's context.
        inputs: what its engine needs.
        items: all N test items (records.TEST).
        folder: where the texts are kept, batch by batch.
        budget: items that will be run, for progress.
        tested: the round's full test (records.TEST_RESULTS), where there is one: items are then
            looked up there.
    """

    def __init__(
        self,
        context: Context,
        inputs: EngineInputs,
        items: pa.Table,
        folder: Path,
        budget: int,
        tested: pa.Table | None,
    ) -> None:
        self._context, self._inputs = context, inputs
        self._items, self._folder, self._budget = items, folder, budget
        self._tested = tested
        self._tables: list[pa.Table] = []

    def __call__(self, items_n: NDArray[np.intp], batch: int) -> NDArray[np.float64]:
        """The scores (n,) of the items at positions (n,), 0 or 1."""
        if self._tested is not None:
            # The rows of a full test stand in the order of the test set.
            self._tables.append(self._tested.take(items_n))
        else:
            self._tables.append(self._run(self._items.take(items_n), batch))
        return np.asarray(self._tables[-1]["score"].to_numpy(), float)

    def table(self, observed: Observed) -> pa.Table:
        """All items that were run, as records.FORECAST_RESULTS."""
        table = pa.concat_tables(self._tables)
        columns = {name: table[name] for name in table.column_names}
        columns["probability"] = pa.array(observed.probability_Tn[0], from_pandas=True)
        columns["stage"] = pa.array(observed.stage_n, pa.int32())
        return pa.table(columns, schema=records.FORECAST_RESULTS)

    def _run(self, drawn: pa.Table, batch: int) -> pa.Table:
        done = sum(table.num_rows for table in self._tables)
        context = self._context
        candidates = context.generate(
            self._inputs,
            drawn,
            context.greedy(),
            self._folder / f"batch-{batch:02d}",
            columns=["text"],
            progress=lambda now, _: context.progress(done + now, self._budget),
        )
        return scored(context, drawn, candidates["text"])
