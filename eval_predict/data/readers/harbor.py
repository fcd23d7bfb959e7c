"""Terminal-Bench: trials of Harbor (`result.json`) and of its first harness (`results.json`)."""

import math
from pathlib import Path
from typing import Any

from eval_predict.data.json_text import parse_json
from eval_predict.data.readers.content import Content
from eval_predict.data.readers.reading import Draft, ReadOptions, Row
from eval_predict.data.readers.refusal import no_scores
from eval_predict.data.readers.values import score_of

NAME = "Terminal-Bench (Harbor)"
LOOKS_FOR = "an object with trial_name and verifier_result, or results with is_resolved"


def recognise(content: Content) -> bool:
    """Whether this is a trial, a job of trials, or results of the first harness."""
    value = content.mapping
    return (
        ("trial_name" in value and ("verifier_result" in value or "is_resolved" in value))
        or _is_job(value)
        or _is_results(value)
    )


def read(content: Content, options: ReadOptions) -> Draft:
    """One trial, or all of a run of the first harness; several trials of a task are repeats.

    A trial without a reward (it ended before its verifier) is 0: both harnesses count it so.

    Raises:
        UserError: (a ValueError) on a job's own `result.json`, which has averages.
    """
    value = content.mapping
    if _is_results(value):
        trials = [trial for trial in value["results"] if isinstance(trial, dict)]
        return Draft(
            tuple(map(_old_trial, trials)),
            prefer=("is_resolved",),
            model=_old_model(content.path),
            notes=_notes(content, sum(trial.get("is_resolved") is None for trial in trials)),
        )
    if "is_resolved" in value:
        return Draft((_old_trial(value),), model=_old_model(content.path))
    if _is_job(value):
        raise no_scores(
            content.path,
            f"averages of a job of {value.get('n_total_trials', 'several')} trials",
            "Give the job's folder, whose trials have a result.json each.",
        )
    verifier = value.get("verifier_result")
    rewards = verifier.get("rewards") if isinstance(verifier, dict) else None
    metrics = _rewards(rewards) if isinstance(rewards, dict) and rewards else {"reward": 0.0}
    row = Row(
        str(value.get("task_name", value["trial_name"])),
        metrics,
        facets={"trial": str(value["trial_name"])},
    )
    return Draft(
        (row,),
        prefer=("reward",),
        model=_model(value),
        setup=_agent(value),
        notes=() if isinstance(rewards, dict) and rewards else _notes(content, 1),
    )


def _rewards(rewards: dict[str, Any]) -> dict[str, float]:
    """A verifier's rewards by name; an only one is the reward, whatever its name."""
    scores = {name: score_of(given) for name, given in rewards.items()}
    found = {name: math.nan if score is None else score for name, score in scores.items()}
    if len(found) == 1 and "reward" not in found:
        found = {"reward": next(iter(found.values())), **found}
    return found


def _is_job(value: dict[str, Any]) -> bool:
    stats = value.get("stats")
    return "n_total_trials" in value or (isinstance(stats, dict) and "evals" in stats)


def _is_results(value: dict[str, Any]) -> bool:
    results = value.get("results")
    return (
        isinstance(results, list)
        and bool(results)
        and isinstance(results[0], dict)
        and "is_resolved" in results[0]
    )


def _notes(content: Content, absent: int) -> tuple[str, ...]:
    if not absent:
        return ()
    where = f"{content.path.parent.name}/{content.path.name}"
    return (f"{where}: {absent} without a verdict, counted as failures as the harness does",)


def _model(value: dict[str, Any]) -> str | None:
    """The model of the agent; an agent without one is named itself."""
    agent = value.get("agent_info") if isinstance(value.get("agent_info"), dict) else {}
    about = (agent or {}).get("model_info")
    if isinstance(about, dict) and about.get("name"):
        return str(about["name"])
    config = value.get("config") if isinstance(value.get("config"), dict) else {}
    given = (config or {}).get("agent")
    if isinstance(given, dict) and given.get("model_name"):
        return str(given["model_name"])
    name = (agent or {}).get("name")
    return str(name) if name else None


def _agent(value: dict[str, Any]) -> dict[str, str]:
    """One model in two agents is two subjects."""
    agent = value.get("agent_info")
    name = agent.get("name") if isinstance(agent, dict) else None
    return {"agent": str(name)} if name else {}


def _old_trial(trial: dict[str, Any]) -> Row:
    return Row(
        str(trial.get("task_id", trial.get("trial_name"))),
        {"is_resolved": float(trial.get("is_resolved") is True)},
        facets={"trial": str(trial.get("trial_name", ""))},
    )


def _old_model(path: Path) -> str | None:
    for folder in path.resolve().parents[:4]:
        try:
            about = parse_json((folder / "run_metadata.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(about, dict) and (about.get("model_name") or about.get("agent_name")):
            return str(about.get("model_name") or about["agent_name"])
    return None
