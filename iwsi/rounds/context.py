"""What a stage is given: its run directory, the recipe, an engine, a way to tell how far it is."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pyarrow.compute as pc

from iwsi.files import RowReader, TextColumn, read_table
from iwsi.filter.methods import METHODS
from iwsi.models import context_limit
from iwsi.recipe import Forecast, Recipe
from iwsi.rounds.plan import LENGTHS, Kind, Stage
from iwsi.sample.engine import Decoding, Engine, make_engine
from iwsi.sample.shards import sample_to_shards
from iwsi.scoring.rating import rating_room

Progress = Callable[[int, int], None]
Info = dict[str, Any]


@dataclass(slots=True)
class Context:
    """Where a stage runs and what it may use.

    Attributes:
        root: the run directory.
        recipe: the run's.
        progress: told how much is done of how much.
        started: called when imports and start-up are over.
        forecast: what holds in place of the recipe's section, for a forecast alone.
        engines: those of this process, by adapter.
    """

    root: Path
    recipe: Recipe
    progress: Progress
    started: Callable[[], None] = lambda: None
    forecast: Forecast | None = None
    engines: dict[str | None, Engine] = field(default_factory=dict)

    def read(self, stage: Stage, path: str, columns: list[str] | None = None) -> pa.Table:
        """A table that the stage has declared: what it does not declare it cannot see."""
        return read_table(self._named(path, stage), columns)

    def rows(self, stage: Stage, path: str, columns: list[str] | None = None) -> RowReader:
        """As `read`, of a table that is too large to be held."""
        return RowReader(self._named(path, stage), columns)

    def texts(self, stage: Stage, path: str, column: str) -> TextColumn:
        """One column of such a table, text by text."""
        return TextColumn(self._named(path, stage), column)

    def read_json(self, stage: Stage, path: str) -> Any:
        """A JSON file that the stage has declared."""
        return json.loads(self._named(path, stage, outputs=False).read_text(encoding="utf-8"))

    def _named(self, path: str, stage: Stage, *, outputs: bool = True) -> Path:
        """The path of one of the stage's inputs or, where it may be, of its outputs."""
        if path not in (*stage.inputs, *(stage.outputs if outputs else ())):
            raise RuntimeError(f"{stage.name} reads {path}, which its plan does not name")
        return self.root / path

    def path(self, path: str | None) -> Path | None:
        """A path of the run directory, absolute, or None."""
        return self.root / path if path else None

    def engine(self, adapter: str | None) -> Engine:
        """The sampling engine with this adapter, started once a process."""
        if adapter not in self.engines:
            self.engines[adapter] = make_engine(
                self.recipe.sample,
                self.recipe.model,
                self.path(adapter),
                max_length=self.max_length(),
            )
        return self.engines[adapter]

    def max_length(self) -> int:
        """Most tokens that the sampling engine takes, prompt and answer together."""
        lengths = json.loads((self.root / LENGTHS).read_text(encoding="utf-8"))
        most: int = max(lengths.values()) + self.recipe.sample.max_tokens
        if "ratings" not in METHODS[self.recipe.filter.method].needs:
            return most
        # A rating's prompt holds a question and its answer.
        return min(most + rating_room(self.recipe), context_limit(self.recipe.model))

    def generate(
        self,
        stage: Stage,
        digest: str,
        questions: pa.Table,
        decoding: Decoding,
        folder: Path,
        *,
        columns: list[str],
        few_shot: str | None = None,
        progress: Progress | None = None,
    ) -> pa.Table:
        """Candidates (records.CANDIDATES) of some questions, kept in `folder` shard by shard.

        Only `columns` and `num_tokens` are read back. `few_shot` and `progress` stand in place of
        the recipe's and the context's.
        """
        engine = self.engine(stage.adapter)
        self.started()
        sample_to_shards(
            engine,
            questions,
            decoding,
            folder,
            few_shot=self.recipe.task.few_shot if few_shot is None else few_shot,
            shard_size=self.recipe.sample.shard_size,
            seed=stage_seed(self.recipe, stage),
            digest=digest,
            progress=progress or self.progress,
        )
        return read_table(folder, [*columns, "num_tokens"])

    def info(self, candidates: pa.Table) -> Info:
        """What the ledger says of a stage that ran an engine."""
        tokens = pc.sum(candidates["num_tokens"]).as_py()
        return {"engine": self.recipe.sample.engine, "tokens": tokens}


def stage_seed(recipe: Recipe, stage: Stage) -> list[int]:
    """The name of a stage's random stream."""
    return [recipe.seed, stage.round, get_args(Kind).index(stage.kind)]
