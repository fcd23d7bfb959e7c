"""The stages of a run in order, what each reads and what each writes."""

from dataclasses import dataclass
from typing import Literal

from eval_predict.errors import UserError, nearest
from iwsi.recipe import Recipe

Kind = Literal["prepare", "test", "sample", "vote", "weigh", "select", "train"]

TRAIN, VALIDATION, TEST = (f"data/{split}.parquet" for split in ("train", "validation", "test"))
LENGTHS = "data/lengths.json"


@dataclass(frozen=True, slots=True)
class Stage:
    """Files in, files out; paths are relative to the run directory."""

    kind: Kind
    round: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    sections: tuple[str, ...]  # the recipe's sections that it depends on
    reads_model: bool = False
    adapter: str | None = None  # the adapter on top of the model

    @property
    def name(self) -> str:
        """As the ledger and the command line call it."""
        return self.kind if self.kind == "prepare" else f"round-{self.round}/{self.kind}"

    @property
    def process(self) -> str | None:
        """Stages in a row with the same value share a worker process; None runs in the loop's."""
        if self.kind in ("test", "sample"):
            return f"engine:{self.adapter}"
        return self.name if self.kind in ("prepare", "weigh", "train") else None


def plan(recipe: Recipe) -> list[Stage]:
    """All stages of a run, each after those whose outputs it reads."""
    stages = [
        Stage("prepare", 0, (), (TRAIN, VALIDATION, TEST, LENGTHS), ("task", "sample"), True),
        _test(0, adapter=None),
    ]
    adapter: str | None = None
    for number in range(1, recipe.rounds + 1):
        stages += _round(recipe, number, adapter)
        adapter = f"round-{number}/adapter"
        stages.append(_test(number, adapter))
    return stages


def find(stages: list[Stage], name: str) -> Stage:
    """The stage that a user names: `select` is round 1's, `2/select` or `round-2/select` too.

    Raises:
        UserError: there is none.
    """
    round_name, _, kind = name.rpartition("/")
    wanted = kind if kind == "prepare" else f"round-{round_name.removeprefix('round-') or 1}/{kind}"
    for stage in stages:
        if stage.name == wanted:
            return stage
    names = [stage.name for stage in stages]
    near = nearest(wanted, names)
    raise UserError(
        field="--until",
        got=repr(name),
        expected=f"a stage such as {', '.join(names[:4])}, …",
        fix=f'Did you mean "{near}"?' if near else None,
    )


def _round(recipe: Recipe, number: int, adapter: str | None) -> list[Stage]:
    here = f"round-{number}"
    samples, votes = f"{here}/samples", f"{here}/votes.parquet"
    losses, selection = f"{here}/losses.parquet", f"{here}/selection.parquet"
    with_adapter = (adapter,) if adapter else ()
    weighed = recipe.filter.method == "iwsi"
    stages = [
        Stage(
            "sample",
            number,
            (TRAIN, LENGTHS, *with_adapter),
            (samples,),
            ("task", "sample"),
            True,
            adapter,
        ),
        Stage("vote", number, (samples,), (votes,), ("task", "filter")),
    ]
    if weighed:
        stages.append(
            Stage(
                "weigh",
                number,
                (VALIDATION, samples, votes, *with_adapter),
                (losses,),
                ("task", "filter"),
                True,
                adapter,
            )
        )
    previous = with_adapter if recipe.train.start_from == "previous" else ()
    return [
        *stages,
        Stage(
            "select",
            number,
            (samples, votes, *((losses,) if weighed else ())),
            (selection, f"{here}/funnel.json"),
            ("filter",),
        ),
        Stage(
            "train",
            number,
            (selection, *previous),
            (f"{here}/adapter",),
            ("task", "train"),
            True,
            previous[0] if previous else None,
        ),
    ]


def _test(number: int, adapter: str | None) -> Stage:
    here = f"round-{number}"
    return Stage(
        "test",
        number,
        (TEST, LENGTHS, *((adapter,) if adapter else ())),
        (f"{here}/test.parquet", f"{here}/answers"),
        ("task", "sample"),
        True,
        adapter,
    )
