"""A stage: what it is called, which files it reads and writes, and the function that does it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache
from importlib import import_module
from typing import Any, Generic, Literal, TypeVar

from pydantic import TypeAdapter

from iwsi.pool.gpus import visible_gpus
from iwsi.rounds.context import Context, Info, Session
from iwsi.rounds.environment import Family

# What text stands before the prompts of a model, base or trained.
FEW_SHOT = ("task.few_shot", "task.opening", "train.few_shot_after")

InputsT = TypeVar("InputsT")
OutputsT = TypeVar("OutputsT")

# loop: in the loop's own process; own: in a process of its own; engine: in the process of the
# sampling engine, which stages that use the same adapter share; torch: where there is no GPU whose
# memory has to be given back, in one process for all such stages of a round, which imports once.
Process = Literal["loop", "own", "engine", "torch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[InputsT, OutputsT]):
    """The properties that all stages of one kind share; `KIND` of the module of the same name.

    Attributes:
        name: as the ledger and the command line call it.
        stream: number of its random stream; a new kind takes a number that no other has had.
        inputs: a dataclass of the paths that it reads, relative to the run directory.
        outputs: a dataclass of the paths that it writes.
        run: does the work; returns what the ledger should say of it.
        depends_on: the recipe's sections, or keys in them, that the results depend on.
        process: where it runs.
        reads_model: whether the results depend on the model's files.
        outside: what it reads from outside the run directory, by prefixes of the recipe's keys.
    """

    name: str
    stream: int
    inputs: type[InputsT]
    outputs: type[OutputsT]
    run: Callable[[Context, InputsT, OutputsT], Info]
    depends_on: tuple[str, ...]
    process: Process = "own"
    reads_model: bool = False
    outside: tuple[str, ...] = ()

    @property
    def reads_outside(self) -> tuple[str, ...]:
        """The prefixes of the recipe's keys whose files the results depend on."""
        return (*self.outside, "model.") if self.reads_model else self.outside


@dataclass(frozen=True, slots=True)
class Stage(Generic[InputsT, OutputsT]):
    """One stage of a plan.

    Attributes:
        kind: what it does.
        round: of which round.
        inputs: the files that it may read.
        outputs: the files that it writes.
        folder: what its name begins with; None: its round.
        closing: done at the end, and only for the round that is the run's result.
    """

    kind: Kind[InputsT, OutputsT]
    round: int
    inputs: InputsT
    outputs: OutputsT
    folder: str | None = None
    closing: bool = False

    @property
    def name(self) -> str:
        """Its name in the ledger and on the command line."""
        kind = self.kind.name
        return kind if kind == "prepare" else f"{self.folder or f'round-{self.round}'}/{kind}"

    @property
    def reads(self) -> tuple[str, ...]:
        """The paths of all inputs."""
        return tuple(_paths(self.inputs))

    @property
    def writes(self) -> tuple[str, ...]:
        """The paths of all outputs."""
        return tuple(_paths(self.outputs))

    @property
    def process(self) -> str | None:
        """Stages in a row with the same value share a worker process; None runs in the loop's."""
        match self.kind.process:
            case "engine":
                return f"engine:{getattr(self.inputs, 'adapter', None)}"
            case "torch" if not _has_gpu():
                return f"torch:{self.round}"
            case "own" | "torch":
                return self.name
            case "loop":
                return None

    @property
    def family(self) -> Family:
        """The libraries that its process imports."""
        return "engine" if self.kind.process == "engine" else "torch"

    def context(
        self, session: Session, digest: str, started: Callable[[], None] = lambda: None
    ) -> Context:
        """The files that it may use: its own, and nothing else of the run directory."""
        return Context(
            session,
            name=self.name,
            number=self.round,
            reads=self.reads,
            writes=self.writes,
            seed=[session.recipe.seed, self.round, self.kind.stream],
            digest=digest,
            started=started,
        )

    def run(
        self, session: Session, digest: str, started: Callable[[], None] = lambda: None
    ) -> Info:
        """Do it; returns what the ledger should say of it.

        Args:
            session: of this process.
            digest: of everything that the stage depends on.
            started: called when imports and start-up are over.
        """
        return self.kind.run(self.context(session, digest, started), self.inputs, self.outputs)

    def to_dict(self) -> dict[str, Any]:
        """The stage as a JSON object, for another process."""
        return {
            "kind": self.kind.name,
            "round": self.round,
            "inputs": asdict(self.inputs),  # type: ignore[call-overload]  # dataclasses all
            "outputs": asdict(self.outputs),  # type: ignore[call-overload]
            "folder": self.folder,
            "closing": self.closing,
        }


@cache
def _has_gpu() -> bool:
    return bool(visible_gpus())


AnyStage = Stage[Any, Any]


def stage_from_dict(values: Mapping[str, Any]) -> AnyStage:
    """The inverse of `Stage.to_dict`."""
    kind: Kind[Any, Any] = import_module(f"iwsi.rounds.stages.{values['kind']}").KIND
    return Stage(
        kind,
        values["round"],
        TypeAdapter(kind.inputs).validate_python(values["inputs"]),
        TypeAdapter(kind.outputs).validate_python(values["outputs"]),
        values["folder"],
        values["closing"],
    )


def _paths(value: object) -> Iterator[str]:
    """Every path in a dataclass, those in dataclasses and tuples inside it included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _paths(one)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _paths(getattr(value, field.name))
