"""The context of a running stage: the recipe, the files that it declares, an engine, its seed."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Required, TypedDict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from iwsi.errors import InternalError
from iwsi.files import RowReader, TextColumn, read_table
from iwsi.filter.methods import method_of
from iwsi.models import context_limit
from iwsi.recipe import Recipe
from iwsi.records import OPTIONAL
from iwsi.sample.closed_list import closed_list
from iwsi.sample.engine import Decoding, Engine
from iwsi.sample.shards import sample_to_shards
from iwsi.sample.start import make_engine
from iwsi.scoring.rating import rating_room
from iwsi.tasks.sample_text import SampleText

# What greedy decoding depends on.
GREEDY = (
    "sample.engine",
    "sample.adapter",
    "sample.max_tokens",
    "sample.stop",
    "sample.shard_size",
)

Progress = Callable[[int, int], None]


class Warned(TypedDict, total=False):
    """A warning of a stage; the other keys say which kind and where, if it is about rows."""

    message: Required[str]
    code: str
    split: str
    rows: list[int]


class Info(TypedDict, total=False):
    """A stage's facts about its work, as the ledger keeps them; each stage fills in those it has.

    Keys:
        engine: that generated text.
        tokens: that it generated.
        rows: that were written; by split where there are several.
        items: test items that were run.
        dropped: rows that were left out, by split and reason.
        counts: of rows and their tokens, as `iwsi.cost.counts.Counts` names them.
        pairs: preference pairs that were made.
        trained: samples that were trained on.
        replayed: samples of them that `train.replay` mixed in.
        too_long: samples that were left out because the model takes fewer tokens.
        validation_nll: mean loss of the labelled rows, nats a token.
        spread: standard deviation of what was measured.
        parameters: of the model.
        trainable: of the adapter.
        adapted: the layers that the adapter changes.
        warnings: shown when the stage is done.
        notes: what it found, shown likewise.
    """

    engine: str
    tokens: int
    rows: int | dict[str, int]
    items: int
    dropped: dict[str, dict[str, int]]
    counts: dict[str, Any]
    pairs: int
    trained: int
    too_long: int
    replayed: int
    validation_nll: float
    spread: float
    parameters: int
    trainable: int
    adapted: list[str]
    warnings: list[Warned]
    notes: list[str]


@dataclass(frozen=True, kw_only=True)  # without slots: some inputs have two bases
class EngineInputs:
    """The inputs of every stage that generates text."""

    lengths: str  # of the longest prompts, in tokens
    adapter: str | None


@dataclass(slots=True)
class Session:
    """The objects that the stages of one process share.

    Attributes:
        root: the run directory.
        recipe: the run's recipe.
        progress: called with how much of a stage is done, and of how much.
        engines: the sampling engines of this process, by adapter.
    """

    root: Path
    recipe: Recipe
    progress: Progress
    engines: dict[str | None, Engine] = field(default_factory=dict)


class Context:
    """The access of one stage; it cannot open a file that it has not declared.

    Args:
        session: of the process.
        name: the stage's name.
        number: its round.
        reads: paths that it has declared as inputs.
        writes: paths that it has declared as outputs.
        seed: names its random stream.
        digest: of everything that it depends on.
        started: called when imports and start-up are over.
    """

    def __init__(
        self,
        session: Session,
        *,
        name: str,
        number: int,
        reads: tuple[str, ...],
        writes: tuple[str, ...],
        seed: list[int],
        digest: str,
        started: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.round = number
        self.recipe = session.recipe
        self.run_name = session.root.name
        self.progress = session.progress
        self.started = started
        self.seed = seed
        self._session = session
        self._digest = digest
        self._declared = frozenset((*reads, *writes))

    def path(self, path: str) -> Path:
        """Where one of the stage's inputs or outputs is.

        Raises:
            InternalError: the stage has not declared it.
        """
        if path not in self._declared:
            raise InternalError(f"{self.name} uses {path}, which it does not declare")
        return self._session.root / path

    def read(self, path: str, columns: list[str] | None = None) -> pa.Table:
        """A table: a Parquet file or a folder of shards."""
        return read_table(self.path(path), columns, OPTIONAL)

    def rows(self, path: str, columns: list[str] | None = None) -> RowReader:
        """A table that is too large to be held in memory, as rows."""
        return RowReader(self.path(path), columns, OPTIONAL)

    def texts(self, path: str, column: str) -> TextColumn:
        """One column of such a table, text by text."""
        return TextColumn(self.path(path), column)

    def read_json(self, path: str) -> Any:
        """A JSON file."""
        return json.loads(self.path(path).read_text(encoding="utf-8"))

    def rng(self) -> np.random.Generator:
        """A generator at the beginning of the stage's random stream."""
        return np.random.default_rng(self.seed)

    def draw_seed(self) -> int:
        """The seed of a library's generator, below 2**31."""
        return int(self.rng().integers(2**31))

    def max_length(self, inputs: EngineInputs) -> int:
        """Most tokens that the sampling engine takes, prompt and answer together."""
        most: int = max(self.read_json(inputs.lengths).values()) + self.recipe.sample.max_tokens
        if "ratings" not in method_of(self.recipe.filter).needs:
            return most
        # A rating's prompt holds a question and its answer.
        return min(most + rating_room(self.recipe), context_limit(self.recipe.model))

    def generate(
        self,
        inputs: EngineInputs,
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
        form = SampleText.of_model(self.recipe, trained=inputs.adapter is not None)
        engine = self._engine(inputs)
        self.started()
        sample_to_shards(
            engine,
            questions,
            decoding,
            folder,
            few_shot=form.few_shot if few_shot is None else few_shot,
            shard_size=self.recipe.sample.shard_size,
            seed=self.seed,
            digest=self._digest,
            progress=progress or self.progress,
        )
        return read_table(folder, [*columns, "num_tokens"])

    def greedy(self) -> Decoding:
        """How tests and forecasts decode."""
        sample = self.recipe.sample
        completions = closed_list(self.recipe)
        return Decoding(1, 0.0, 1.0, sample.max_tokens, tuple(sample.stop), completions)

    def sampling(self) -> Decoding:
        """How candidates are sampled."""
        sample = self.recipe.sample
        return Decoding(
            sample.n,
            sample.temperature,
            sample.top_p,
            sample.max_tokens,
            tuple(sample.stop),
            closed_list(self.recipe),
        )

    def engine_info(self, candidates: pa.Table) -> Info:
        """The ledger's facts about a stage that generated text."""
        tokens = pc.sum(candidates["num_tokens"]).as_py()
        return {"engine": self.recipe.sample.engine, "tokens": tokens}

    def _engine(self, inputs: EngineInputs) -> Engine:
        """The engine with the stage's adapter, started once a process."""
        engines, adapter = self._session.engines, inputs.adapter
        if adapter not in engines:
            engines[adapter] = make_engine(
                self.recipe.sample,
                self.recipe.model,
                self.path(adapter) if adapter else None,
                max_length=self.max_length(inputs),
            )
        return engines[adapter]
