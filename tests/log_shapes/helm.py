"""Files in the shapes that HELM writes."""

from typing import Any

from log_shapes.shape import Shape


def helm(instance: str, split: str, perturbation: Any = None, **stats: float) -> dict[str, Any]:
    """The statistics of one instance as HELM writes them."""
    named = {"num_prompt_tokens": 100.0, "inference_runtime": 2.0, **stats}
    return {
        "instance_id": instance,
        "train_trial_index": 0,
        **({"perturbation": perturbation} if perturbation else {}),
        "stats": [
            {"name": {"name": name, "split": split}, "count": 1, "sum": value, "mean": value}
            for name, value in named.items()
        ],
    }


SHAPES = [
    Shape(
        "mmlu:model=openai_gpt2/per_instance_stats.json",
        [
            helm("id1", "test", exact_match=1.0),
            helm("id2", "test", exact_match=0.0),
            helm("id2", "test", {"name": "typos"}, exact_match=1.0),
        ],
        {"openai/gpt2": 0.5},
        2,
        metric="exact_match",
    ),
    Shape(
        "stats.json",
        [{"name": {"name": "exact_match", "split": "test"}, "sum_squared": 1, "mean": 0.5}],
        says="averages of a HELM run",
    ),
]
