"""Files in the shapes that Harbor and Terminal-Bench writes."""

from typing import Any

from log_shapes.shape import Shape


def trial(task: str, reward: float | None, number: int = 1) -> dict[str, Any]:
    """One trial's `result.json` as Harbor writes it."""
    return {
        "task_name": task,
        "trial_name": f"{task}__{number}",
        "agent_info": {"name": "agent", "model_info": {"name": "org/m", "provider": "p"}},
        "verifier_result": None if reward is None else {"rewards": {"reward": reward}},
        "exception_info": None,
    }


SHAPES = [
    Shape("trial/result.json", trial("fix", 1.0), {"org/m": 1.0}, 1),
    Shape("cut/result.json", trial("fix", None), {"org/m": 0.0}, 1),
    Shape("job/result.json", {"n_total_trials": 3, "stats": {}}, says="averages of a job of 3"),
    Shape(
        "tb/results.json",
        {
            "results": [
                {"task_id": "a", "trial_name": "a.1", "is_resolved": True},
                {"task_id": "b", "trial_name": "b.1", "is_resolved": None},
            ],
            "accuracy": 0.5,
        },
        {"results": 0.5},
        2,
    ),
]
