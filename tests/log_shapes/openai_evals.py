"""Files in the shapes that OpenAI evals writes."""

from log_shapes.shape import Shape

SHAPES = [
    Shape(
        "events.jsonl",
        [
            {"spec": {"completion_fns": ["gpt"], "eval_name": "arith.dev"}},
            *(
                {
                    "run_id": "r",
                    "event_id": n,
                    "sample_id": f"arith.{n}",
                    "type": "match",
                    "data": {"correct": n == 0, "expected": "1", "picked": "1"},
                }
                for n in range(2)
            ),
            {"final_report": {"accuracy": 0.5}},
        ],
        {"gpt": 0.5},
        2,
    ),
]
