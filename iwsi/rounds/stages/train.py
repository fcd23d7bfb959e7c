"""A LoRA adapter on the candidates that the filter kept."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from iwsi.recipe import Recipe
from iwsi.rounds import layout
from iwsi.rounds.context import Context, Info
from iwsi.rounds.environment import keep_one_gpu
from iwsi.rounds.layout import RoundFiles, adapter_of
from iwsi.rounds.stage import Kind, Stage

PAIR_COLUMNS = (
    "prompt",
    "chosen",
    "rejected",
    "chosen_token_ids",
    "rejected_token_ids",
    "weight",
)
REPLAY = 1  # of the stage's random stream: which rows are mixed in


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """Kept candidates, or pairs made of them, and the adapter that training goes on from.

    `labelled` and `base` are what is mixed in: rows of the warm start, or the selection of round 1.
    """

    selection: str
    pairs: str | None
    labelled: str | None
    base: str | None
    previous: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The folder of the adapter."""

    adapter: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    from iwsi.train.distribution import resolve_distributed
    from iwsi.train.sft import train_adapter

    recipe = resolve_distributed(context.recipe)
    if recipe.train.distributed == "none":
        keep_one_gpu()  # the Trainer would spread a batch over all it sees, and multiply it
    if inputs.pairs:
        samples, replayed = _pairs(context, inputs.pairs), 0
    else:
        samples, replayed = _with_replay(context, inputs, _kept(context, inputs.selection))
    counts = train_adapter(
        context.recipe,
        samples,
        context.path(outputs.adapter),
        previous=context.path(inputs.previous) if inputs.previous else None,
        seed=context.draw_seed(),
        progress=context.progress,
        started=context.started,
    )
    return {"trained": counts.trained, "too_long": counts.too_long, "replayed": replayed}


def _with_replay(context: Context, inputs: Inputs, kept: pa.Table) -> tuple[pa.Table, int]:
    """Kept candidates with the rows that are mixed in, and the number of those rows."""
    share = context.recipe.train.replay
    if inputs.labelled:
        earlier = context.read(inputs.labelled, ["prompt", "completion"])
    elif inputs.base:
        earlier = _kept(context, inputs.base).drop_columns("weight")
    else:
        return kept, 0
    rng = np.random.default_rng([*context.seed, REPLAY])
    drawn = earlier.take(replay_rows(kept.num_rows, earlier.num_rows, share or 0.0, rng))
    weight = float(np.mean(kept["weight"].to_numpy()))
    drawn = drawn.append_column("weight", pa.array(np.full(drawn.num_rows, weight)))
    # Rows of the warm start have no tokens as they were sampled.
    mixed = pa.concat_tables([kept, drawn], promote_options="default")
    return mixed.combine_chunks(), drawn.num_rows


def replay_rows(
    kept: int, available: int, share: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Rows that are mixed in, so that they are the share of all, or as many as there are.

    Args:
        kept: samples that they are mixed with.
        available: rows to draw from, without replacement.
        share: of all that is trained, in [0, 1).
        rng: draws them.
    """
    count = min(round(share / (1 - share) * kept), available)
    return np.sort(rng.permutation(available)[:count])


def _kept(context: Context, selection: str) -> pa.Table:
    rows = context.rows(selection, ["prompt", "text", "token_ids", "weight", "keep"])
    kept = pa.concat_tables(part.filter(part["keep"]) for part in rows)
    return kept.drop_columns("keep").rename_columns({"text": "completion"})


def _pairs(context: Context, pairs: str) -> pa.Table:
    return context.read(pairs, list(PAIR_COLUMNS))


KIND = Kind(
    name="train",
    stream=6,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=("task.few_shot", "task.opening", "task.prompt", "task.separator", "train"),
    process="torch",
    reads_model=True,
)


def stage(recipe: Recipe, number: int) -> Stage[Inputs, Outputs]:
    """The stage of one round."""
    files = RoundFiles.of(number)
    before = number - 1 if recipe.train.start_from == "previous" else 0
    previous = adapter_of(recipe, before)
    pairs = files.pairs if recipe.train.objective != "sft" else None
    labelled, base = _replayed(recipe, number)
    inputs = Inputs(
        selection=files.selection, pairs=pairs, labelled=labelled, base=base, previous=previous
    )
    return Stage(KIND, number, inputs, Outputs(adapter=files.adapter))


def _replayed(recipe: Recipe, number: int) -> tuple[str | None, str | None]:
    """The files that rows are mixed in from; round 1 trains on all that the base model gave."""
    if recipe.train.replay is None:
        return None, None
    if recipe.train.replay_from == "labelled":
        return layout.WARM_START, None
    return None, RoundFiles.of(1).selection if number > 1 else None
