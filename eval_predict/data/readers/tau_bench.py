"""τ-bench: a list of conversations with rewards; τ²-bench: simulations."""

import math
import re
from typing import Any

from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.values import score_of, text_of

NAME = "τ-bench"
LOOKS_FOR = "records with task_id, reward and trial, or an object with simulations"

_NAME = re.compile(r"^(?:tool-calling|act|react|few-shot)-(?P<model>.+)-[\d.]+_range_")


def recognise(content: Content) -> bool:
    """Whether these are conversations with a reward."""
    rows = content.rows
    if rows and {"task_id", "reward"} <= rows[0].keys():
        return bool(rows[0].keys() & {"trial", "traj", "info"})
    return isinstance(content.mapping.get("simulations"), list)


def read(content: Content, options: ReadOptions) -> Draft:
    """One model: the trials of a task are repeats.

    τ-bench's files are named by the user; by default the tool's own scheme has the model in it.
    """
    simulations = content.mapping.get("simulations")
    if isinstance(simulations, list):
        rows = [_simulation(record) for record in simulations if isinstance(record, dict)]
        info = content.mapping.get("info")
        agent = info.get("agent_info") if isinstance(info, dict) else None
        model = agent.get("llm") if isinstance(agent, dict) else None
        return Draft(tuple(rows), model=model if isinstance(model, str) else None)
    rows = [
        Row(
            text_of(record["task_id"]),
            {"reward": _number(record.get("reward"))},
            facets={"epoch": text_of(record.get("trial", 0))},
        )
        for record in content.rows
        if "task_id" in record
    ]
    named = _NAME.match(content.path.name)
    return Draft(tuple(rows), model=named.group("model") if named else None)


def _simulation(record: dict[str, Any]) -> Row:
    about = record.get("reward_info")
    reward = about.get("reward") if isinstance(about, dict) else record.get("reward")
    return Row(
        text_of(record.get("task_id")),
        {"reward": _number(reward)},
        facets={"epoch": text_of(record.get("trial", 0))},
    )


def _number(value: Any) -> float:
    number = score_of(value)
    return math.nan if number is None else number
