"""An adapter on labelled rows, before round 1."""

from dataclasses import dataclass

from iwsi.errors import InternalError
from iwsi.recipe import Recipe, Train
from iwsi.rounds import layout
from iwsi.rounds.context import Context, Info
from iwsi.rounds.environment import keep_one_gpu
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.stage import Kind, Stage

# What rounds learn from and are held to. The warm start trains on labelled rows, from the model
# without an adapter, so that it is the same for all of these.
_OF_ROUNDS = frozenset(
    {
        "objective",
        "pairs",
        "beta",
        "sft_weight",
        "reference",
        "replay",
        "replay_from",
        "kl",
        "start_from",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The labelled rows that are trained on; no other stage reads them."""

    rows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The folder of the adapter."""

    adapter: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    from iwsi.train.distribution import resolve_distributed
    from iwsi.train.sft import train_adapter

    recipe = resolve_distributed(context.recipe)
    if recipe.train.distributed == "none":
        keep_one_gpu()
    rows = context.read(inputs.rows, ["prompt", "completion"])
    counts = train_adapter(
        warm_recipe(recipe),
        rows,
        context.path(outputs.adapter),
        previous=None,
        seed=context.draw_seed(),
        progress=context.progress,
        started=context.started,
    )
    return {"trained": counts.trained, "too_long": counts.too_long}


def warm_recipe(recipe: Recipe) -> Recipe:
    """The recipe with the epochs and the learning rate of the warm start, and nothing of rounds."""
    if recipe.warm_start is None:
        raise InternalError("a warm start without its section")
    settings = recipe.warm_start.model_dump(include={"epochs", "learning_rate"}, exclude_none=True)
    settings |= {"objective": "sft", "pairs": None, "replay": None, "kl": None}
    return recipe.model_copy(update={"train": recipe.train.model_copy(update=settings)})


KIND = Kind(
    name="warm_start",
    stream=13,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=(
        "task.few_shot",
        "task.opening",
        "task.prompt",
        "task.separator",
        *(f"train.{name}" for name in Train.model_fields if name not in _OF_ROUNDS),
        "warm_start",
    ),
    reads_model=True,
)


def stage() -> Stage[Inputs, Outputs]:
    """The only one of a run: its adapter is the model of round 0."""
    inputs = Inputs(rows=layout.WARM_START)
    return Stage(KIND, 0, inputs, Outputs(adapter=RoundFiles.of(0).adapter))
