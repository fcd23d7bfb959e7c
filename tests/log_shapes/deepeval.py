"""Files in the shapes that DeepEval writes."""

from typing import Any

from log_shapes.shape import Shape


def case(name: str, **scores: Any) -> dict[str, Any]:
    """One test case as DeepEval writes it."""
    metrics = [
        {"name": metric, "score": score, "threshold": 0.5, "success": bool(score)}
        for metric, score in scores.items()
    ]
    return {"name": name, "input": "q", "success": all(scores.values()), "metricsData": metrics}


SHAPES = [
    Shape(
        ".latest_test_run.json",
        {"testRunData": {"testCases": [case("t0", Fit=0.5, Tone=1.0), case("t1", Fit=1.0)]}},
        {"latest_test_run": 0.75},
        2,
        metric="Fit",
    ),
    Shape(".deepeval-cache.json", {"test_cases_lookup_map": {"{}": {}}}, says="DeepEval's cache"),
]
