"""The stages of a run in order, what each reads and what each writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from eval_predict.errors import UserError, nearest
from iwsi.evaluation.gate import Decision
from iwsi.filter.methods import METHODS, Need
from iwsi.recipe import Recipe

# Each is a part of its stages' seed: new ones go to the end.
Kind = Literal[
    "prepare",
    "test",
    "sample",
    "vote",
    "weigh",
    "select",
    "train",
    "forecast",
    "gate",
    "rate",
    "reward",
    "shift",
    "label",
]

Known = Literal["test", "forecast"]

TRAIN, VALIDATION, TEST = (f"data/{split}.parquet" for split in ("train", "validation", "test"))
TRAIN_GOLD = "data/train_gold.parquet"
HISTORY, TARGET = "data/history.parquet", "data/target.parquet"
LENGTHS = "data/lengths.json"

# How a sample becomes text.
_FORMAT = ("task.few_shot", "task.prompt", "task.separator")


@dataclass(frozen=True, slots=True)
class Stage:
    """Files in, files out; paths are relative to the run directory."""

    kind: Kind
    round: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    sections: tuple[str, ...]  # the recipe's sections, or keys in them, that it depends on
    reads_model: bool = False
    adapter: str | None = None  # the adapter on top of the model
    closing: bool = False  # done at the end, and only for the round that is the run's result

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """What `dataclasses.asdict` made of a stage, through JSON."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in fields.items()
        }
        return cls(**values)

    @property
    def name(self) -> str:
        """As the ledger and the command line call it."""
        return self.kind if self.kind == "prepare" else f"round-{self.round}/{self.kind}"

    @property
    def process(self) -> str | None:
        """Stages in a row with the same value share a worker process; None runs in the loop's."""
        if self.kind in ("test", "forecast", "sample", "rate"):
            return f"engine:{self.adapter}"
        own = ("prepare", "weigh", "reward", "shift", "label", "train")
        return self.name if self.kind in own else None


def plan(recipe: Recipe) -> list[Stage]:
    """All stages that a run may come to, each after those whose outputs it reads."""
    stages = [_prepare(recipe), *_labels(recipe)]
    if recipe.test.full != "never":
        stages.append(_test(0))
    elif recipe.forecast:
        stages.append(forecast_stage(recipe, 0, {}))
    closing = []
    for number in range(1, recipe.rounds + 1):
        stages += _training(recipe, number)
        if recipe.forecast:
            stages.append(forecast_stage(recipe, number, _known_before(recipe, number)))
        if recipe.test.full == "every":
            stages.append(_test(number))
        if recipe.gate:
            stages.append(_gate(recipe, number))
        if recipe.test.full == "final":
            closing.append(_test(number, closing=True))
    return stages + closing


def called_for(stages: Sequence[Stage], decisions: Mapping[int, Decision]) -> list[Stage]:
    """The stages that are left when the gates so far have decided.

    Args:
        stages: what `plan` gave.
        decisions: each round's, as far as there are any.
    """
    last = max((stage.round for stage in stages), default=0)
    ended = min((number for number, said in decisions.items() if said.ends), default=last)
    result = decisions[ended].result if ended in decisions else ended
    return [
        stage
        for stage in stages
        if (stage.round == result if stage.closing else stage.round <= ended)
    ]


def find(stages: Sequence[Stage], name: str) -> Stage:
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


def forecast_stage(
    recipe: Recipe,
    number: int,
    known: Mapping[int, Known],
    folder: str | None = None,
    history: str | None = None,
) -> Stage:
    """The forecast of a round from what is known before it.

    Args:
        recipe: the run's.
        number: the round.
        known: what there is of the rounds before: a full test, or a forecast. Where the round
            itself has a full test, items are looked up there instead of run.
        folder: where the results go; default: the round's own folder.
        history: a file of other models' scores in place of the run's own.
    """
    earlier = []
    for before, what in known.items():
        if before == number:
            earlier.append(results_of(number))
        elif what == "test":
            earlier += [results_of(before), answers_of(before)]
        else:
            earlier.append(f"round-{before}/forecast.parquet")
    own = recipe.forecast
    histories = [history] if history else [HISTORY] if own and own.history else []
    target = [TARGET] if own and own.target else []
    votes = [TRAIN, f"round-{number}/votes.parquet"] if number else []
    here, adapter = folder or f"round-{number}", adapter_of(number)
    return Stage(
        "forecast",
        number,
        (TEST, LENGTHS, *_given(adapter), *earlier, *histories, *target, *votes),
        tuple(f"{here}/forecast{suffix}" for suffix in (".parquet", ".json", "_answers")),
        ("task", "sample", "forecast"),
        True,
        adapter,
    )


def adapter_of(number: int) -> str | None:
    """The adapter that a round trained, relative to the run directory; None: the base model."""
    return f"round-{number}/adapter" if number else None


def results_of(number: int) -> str:
    """The results of a round's full test."""
    return f"round-{number}/test.parquet"


def answers_of(number: int) -> str:
    """What the model answered in a round's full test."""
    return f"round-{number}/answers"


def _known_before(recipe: Recipe, number: int) -> dict[int, Known]:
    """What a run has of the rounds before when it forecasts one."""
    tested = {"every": range(number), "final": range(1), "never": range(0)}[recipe.test.full]
    return {before: "test" if before in tested else "forecast" for before in range(number)}


def _prepare(recipe: Recipe) -> Stage:
    forecast = recipe.forecast
    history = (HISTORY,) if forecast and forecast.history else ()
    target = (TARGET,) if forecast and forecast.target else ()
    return Stage(
        "prepare",
        0,
        (),
        (TRAIN, VALIDATION, TEST, LENGTHS, *history, *target),
        ("task", "sample", "forecast"),
        True,
    )


def _labels(recipe: Recipe) -> list[Stage]:
    """The training rows' labels, once for all rounds, and before anything that takes long."""
    if "labels" not in METHODS[recipe.filter.method].needs:
        return []
    return [Stage("label", 1, (TRAIN,), (TRAIN_GOLD,), ("task",))]


def _training(recipe: Recipe, number: int) -> list[Stage]:
    here, adapter = f"round-{number}", adapter_of(number - 1)
    samples, votes = f"{here}/samples", f"{here}/votes.parquet"
    selection = f"{here}/selection.parquet"
    with_adapter = _given(adapter)
    stages = [
        Stage(
            "sample",
            number,
            (TRAIN, LENGTHS, *with_adapter),
            (samples,),
            ("task.few_shot", "sample"),
            True,
            adapter,
        ),
        Stage(
            "vote", number, (samples,), (votes,), ("task.answer", "filter.tie", "filter.min_votes")
        ),
    ]
    measures = _measures(recipe, number, samples, votes)
    measured = tuple(stage.outputs[0] for stage in (*_labels(recipe), *measures))
    if "losses" in METHODS[recipe.filter.method].needs:
        measured += (f"{here}/validation_losses.parquet",)
    previous = with_adapter if recipe.train.start_from == "previous" else ()
    return [
        *stages,
        *measures,
        Stage(
            "select",
            number,
            (samples, votes, *measured),
            (selection, f"{here}/funnel.json"),
            ("filter",),
        ),
        Stage(
            "train",
            number,
            (selection, *previous),
            (f"{here}/adapter",),
            (*_FORMAT, "train"),
            True,
            previous[0] if previous else None,
        ),
    ]


def _measures(recipe: Recipe, number: int, samples: str, votes: str) -> list[Stage]:
    """What the filter needs to know of the candidates, a stage each."""
    here, adapter = f"round-{number}", adapter_of(number - 1)
    given = (samples, votes, *_given(adapter))
    scored = (VALIDATION, *given)
    losses = (f"{here}/losses.parquet", f"{here}/validation_losses.parquet")
    ratings = (f"{here}/ratings.parquet", f"{here}/rating_replies")
    rewards, shifts = f"{here}/rewards.parquet", f"{here}/shifts.parquet"
    wanted = METHODS[recipe.filter.method].needs
    stages: dict[Need, Stage] = {
        "losses": Stage(
            "weigh", number, scored, losses, (*_FORMAT, "filter.loss_over"), True, adapter
        ),
        "ratings": Stage(
            "rate",
            number,
            (LENGTHS, *given),
            ratings,
            (*_FORMAT, "sample", "filter.rating_prompt"),
            True,
            adapter,
        ),
        "rewards": Stage(
            "reward", number, (samples, votes), (rewards,), (*_FORMAT, "filter.reward_model"), True
        ),
        "shift": Stage("shift", number, scored, (shifts,), _FORMAT, True, adapter),
    }
    return [stage for need, stage in stages.items() if need in wanted]


def _test(number: int, *, closing: bool = False) -> Stage:
    adapter = adapter_of(number)
    return Stage(
        "test",
        number,
        (TEST, LENGTHS, *_given(adapter)),
        (results_of(number), answers_of(number)),
        ("task.few_shot", "task.answer", "sample"),
        True,
        adapter,
        closing,
    )


def _gate(recipe: Recipe, number: int) -> Stage:
    if recipe.test.full == "every":
        judged_by = tuple(results_of(before) for before in range(number + 1))
    else:
        judged_by = (f"round-{number}/forecast.json",)
    earlier = tuple(f"round-{before}/gate.json" for before in range(1, number))
    return Stage("gate", number, (*judged_by, *earlier), (f"round-{number}/gate.json",), ("gate",))


def _given(path: str | None) -> tuple[str, ...]:
    return (path,) if path else ()
