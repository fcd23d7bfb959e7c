"""Files in the shapes that BigCodeBench writes."""

from log_shapes.shape import Shape

SHAPES = [
    Shape(
        "org--m--main--bigcodebench-instruct--vllm-0-1-sanitized_calibrated_eval_results.json",
        {
            "date": "d",
            "eval": {
                "BigCodeBench/1": [{"status": "pass", "details": {}}],
                "BigCodeBench/2": [{"status": "timeout", "details": {}}],
            },
        },
        {"org/m": 0.5},
        2,
    ),
    Shape("pass_at_k.json", {"pass@1": 0.25, "model": "m", "failed_tasks": []}, says="one average"),
]
