"""Files in the shapes that EvalPlus writes."""

from log_shapes.shape import Shape

SHAPES = [
    Shape(
        "org--m_vllm_temp_0.2_eval_results.json",
        {
            "eval": {
                "HumanEval/0": [
                    {"base_status": "pass", "plus_status": "pass"},
                    {"base_status": "pass", "plus_status": "fail"},
                ],
                "HumanEval/1": [{"base_status": "fail", "plus_status": "pass"}],
            }
        },
        {"org/m": 0.25},
        2,
        metric="plus",
    ),
    Shape(
        "old_eval_results.json",
        {
            "eval": {
                "HumanEval/0": {"nfiles": 1, "base": [["success", [1, 1]]], "plus": None},
                "HumanEval/1": {"nfiles": 1, "base": [["failed", [1, 0]]], "plus": None},
            }
        },
        {"old": 0.5},
        2,
        metric="base",
    ),
]
