"""Files in the shapes that IFEval writes."""

from log_shapes.shape import Shape

SHAPES = [
    Shape(
        "eval_results_strict.jsonl",
        [
            {
                "prompt": f"p{n}",
                "follow_all_instructions": n == 0,
                "follow_instruction_list": [True],
            }
            for n in range(4)
        ],
        {"eval_results_strict": 0.25},
        4,
    ),
]
