"""The reward model's score of audited votes, where the filter names a reward model."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from iwsi import records
from iwsi.audit.votes import representatives
from iwsi.errors import InternalError
from iwsi.files import write_table
from iwsi.recipe.filter import RewardModel as RewardSection
from iwsi.rounds.context import Context, Info
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.stage import FEW_SHOT, Kind, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The candidates of the labelled rows."""

    labelled_samples: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """A row a labelled row with a majority (records.LABELLED_REWARDS)."""

    labelled_rewards: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    from iwsi.scoring.reward import make_rewards
    from iwsi.tasks.chat import recipe_chat_turn

    recipe, rule = context.recipe, context.recipe.filter
    if not isinstance(rule, RewardSection):
        raise InternalError(f"{context.name} without a reward model")
    candidates = context.read(inputs.labelled_samples, records.CANDIDATES.names)
    if not candidates.num_rows:
        empty = records.LABELLED_REWARDS.empty_table()
        write_table(context.path(outputs.labelled_rewards), empty)
        return {"rows": 0}
    ids, voted, first = representatives(candidates, recipe)
    model = make_rewards(rule)
    turn = recipe_chat_turn(recipe)
    context.started()
    # The reward model has a chat template of its own, or none.
    after = turn.after if turn else ""
    questions = [text.removesuffix(after) for text in first["prompt"].to_pylist()]
    scores = model.scores(questions, first["text"].to_pylist(), context.progress)
    model.close()
    columns = {
        "question_id": [ids[row] for row in voted.tolist()],
        "reward": pa.array(scores, from_pandas=True),
    }
    table = pa.table(columns, schema=records.LABELLED_REWARDS)
    write_table(context.path(outputs.labelled_rewards), table)
    return {"rows": table.num_rows, "too_long": int(np.isnan(scores).sum())}


KIND = Kind(
    name="audit_reward",
    stream=19,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=(
        *FEW_SHOT,
        "task.prompt",
        "task.separator",
        "task.answer",
        "sample.method",
        "filter.tie",
        "filter.min_votes",
        "filter.reward_model",
        "filter.reward_revision",
    ),
    reads_model=True,
    outside=("filter.reward_model",),
)


def stage(number: int) -> Stage[Inputs, Outputs]:
    """The stage of one round."""
    files = RoundFiles.of(number)
    inputs = Inputs(labelled_samples=files.labelled_samples)
    return Stage(KIND, number, inputs, Outputs(labelled_rewards=files.labelled_rewards))
