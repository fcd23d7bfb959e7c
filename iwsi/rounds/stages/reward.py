"""A reward model's score of each voted answer."""

from dataclasses import dataclass

import numpy as np

from iwsi import records
from iwsi.errors import InternalError
from iwsi.recipe.filter import RewardModel as RewardSection
from iwsi.rounds.context import Context, Info, Progress
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.stage import FEW_SHOT, Kind, Stage
from iwsi.rounds.voted import Columns, Voted, measure_parts
from iwsi.tasks.sample_text import Samples


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs(Voted):
    """The candidates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """A score a candidate (records.REWARDS)."""

    rewards: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    from iwsi.scoring.reward import make_rewards
    from iwsi.tasks.chat import recipe_chat_turn

    rule = context.recipe.filter
    if not isinstance(rule, RewardSection):
        raise InternalError(f"{context.name} without a reward model")
    model = make_rewards(rule)
    turn = recipe_chat_turn(context.recipe)
    context.started()
    too_long = 0

    def measure(voted: Samples, progress: Progress) -> Columns:
        nonlocal too_long
        # The reward model has a chat template of its own, or none.
        questions = [prompt.removesuffix(turn.after if turn else "") for prompt in voted.prompts]
        scores = model.scores(questions, voted.texts, progress)
        too_long += int(np.isnan(scores).sum())
        return {"reward": scores}

    output, in_process = outputs.rewards, model.in_process
    measure_parts(context, inputs, output, measure, records.REWARDS, in_process=in_process)
    model.close()
    return {"too_long": too_long}


KIND = Kind(
    name="reward",
    stream=10,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=(
        *FEW_SHOT,
        "task.prompt",
        "task.separator",
        "filter.reward_model",
        "filter.reward_revision",
    ),
    reads_model=True,
    outside=("filter.reward_model",),
)


def stage(number: int) -> Stage[Inputs, Outputs]:
    """The stage of one round."""
    files = RoundFiles.of(number)
    inputs = Inputs(samples=files.samples, votes=files.votes)
    return Stage(KIND, number, inputs, Outputs(rewards=files.rewards))
