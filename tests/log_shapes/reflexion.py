"""Files in the shapes that Reflexion writes."""

from log_shapes.shape import Shape

SHAPES = [
    Shape(
        "env_results_trial_3.json",
        [
            {"name": f"env_{n}", "memory": [], "is_success": right}
            for n, right in enumerate((True, False))
        ],
        {"env_results_trial_3": 0.5},
        2,
    ),
    Shape(
        "humaneval-py._reflexion_2_org-m_pass_at_k_1_py.jsonl",
        [{"name": "HumanEval_1", "prompt": "", "solution": "", "is_solved": True}],
        {"org-m": 1.0},
        1,
    ),
]
