"""Files in the shapes that HumanEval and MultiPL-E writes."""

from log_shapes.shape import Shape

SHAPES = [
    Shape(
        "samples.jsonl_results.jsonl",
        [
            {"task_id": f"HumanEval/{n}", "completion": "", "result": "", "passed": passed}
            for n, passed in ((0, True), (0, False), (1, False))
        ],
        {"samples": 0.25},
        2,
    ),
    Shape(
        "samples.jsonl",
        [{"task_id": "HumanEval/0", "completion": "  return 1"}],
        says="Run `evaluate_functional_correctness`",
    ),
    Shape(
        "m-py/HumanEval_0.results.json",
        {
            "name": "HumanEval_0",
            "language": "py",
            "prompt": "",
            "results": [{"status": "OK"}, {"status": "Exception"}],
        },
        {"m-py": 0.5},
        1,
    ),
]
