"""τ-bench: a list of conversations with rewards; τ²-bench: simulations."""

import math
import re
from pathlib import Path
from typing import Any

from eval_predict.data.json_text import parse_json
from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.values import score_of, text_of

NAME = "τ-bench"
LOOKS_FOR = "records with task_id, reward and trial, or an object with simulations"

_NAME = re.compile(r"^(?:tool-calling|act|react|few-shot)-(?P<model>.+)-[\d.]+_range_")


def recognise(content: Content) -> bool:
    """Whether these are conversations with a reward."""
    rows = content.rows
    if rows and {"task_id", "reward"} <= rows[0].keys():
        return bool(rows[0].keys() & {"trial", "traj", "info"})
    value = content.mapping
    return (
        isinstance(value.get("simulations"), list)
        or _is_simulation(value)
        or _is_description(value)
    )


def read(content: Content, options: ReadOptions) -> Draft:
    """One model: the trials of a task are repeats.

    τ-bench's files are named by the user; by default the tool's own scheme has the model in it.

    Raises:
        UserError: (a ValueError) on a run's description alone.
    """
    if _is_simulation(content.mapping):
        return Draft((_simulation(content.mapping),), model=_model_beside(content.path))
    simulations = content.mapping.get("simulations")
    if isinstance(simulations, list) or _is_description(content.mapping):
        if not simulations:
            raise no_scores(
                content.path,
                "a run's description, without simulations",
                "Give the folder: its simulations/ have a file each.",
            )
        rows = [_simulation(record) for record in simulations if isinstance(record, dict)]
        return Draft(tuple(rows), model=_model(content.mapping))
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


def _is_simulation(value: dict[str, Any]) -> bool:
    """One file of τ²-bench's folder `simulations/`."""
    return {"task_id", "reward_info", "termination_reason"} <= value.keys()


def _is_description(value: dict[str, Any]) -> bool:
    """τ²-bench's `results.json` beside a folder `simulations/`."""
    info = value.get("info")
    return "tasks" in value and isinstance(info, dict) and "agent_info" in info


def _model(results: dict[str, Any]) -> str | None:
    info = results.get("info")
    agent = info.get("agent_info") if isinstance(info, dict) else None
    model = agent.get("llm") if isinstance(agent, dict) else None
    return model if isinstance(model, str) else None


def _model_beside(path: Path) -> str | None:
    try:
        value = parse_json((path.parent.parent / "results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return _model(value) if isinstance(value, dict) else None


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
