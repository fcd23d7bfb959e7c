"""Files in the shapes that SWE-bench writes."""

from log_shapes.shape import Shape

SHAPES = [
    Shape(
        "org__m-1.5.run_1.json",
        {
            "total_instances": 5,
            "completed_ids": ["a", "b"],
            "resolved_ids": ["a"],
            "unresolved_ids": ["b"],
            "error_ids": ["c"],
            "empty_patch_ids": ["d"],
            "incomplete_ids": ["e"],
            "submitted_ids": ["a", "b", "c", "d"],
            "schema_version": 2,
        },
        {"org/m-1.5": 0.25},
        4,
    ),
    Shape(
        "m/results.json",
        {
            "no_generation": [["a"]],
            "generated": [["b", "c"], ["d"]],
            "applied": ["b", "c"],
            "resolved": [["b"]],
        },
        {"results": 0.25},
        4,
    ),
    Shape("n/results.json", {"no_generation": [], "resolved": ["a"]}, says="1 resolved instances"),
    Shape(
        "org__m/astropy-1/report.json",
        {"astropy-1": {"patch_is_None": False, "resolved": True, "tests_status": {}}},
        {"org/m": 1.0},
        1,
    ),
    Shape(
        "counts.json",
        {"total_instances": 300, "resolved_instances": 30},
        says="counts (30 of 300 resolved)",
    ),
    Shape(
        "preds.jsonl",
        [{"instance_id": "a", "model_name_or_path": "m", "model_patch": "diff"}],
        says="predictions, not yet evaluated",
    ),
]
