"""Files in the shapes that promptfoo writes."""

from typing import Any

from log_shapes.shape import Shape


def promptfoo(test: int, provider: str, score: float, **more: Any) -> dict[str, Any]:
    """One result as promptfoo writes it."""
    return {
        "provider": {"id": f"openai:{provider}", "label": provider},
        "prompt": {"raw": f"ask {test}", "label": "{{q}}"},
        "testIdx": test,
        "success": score >= 0.5,
        "score": score,
        "gradingResult": {"pass": score >= 0.5, "score": score},
        "namedScores": {},
        **more,
    }


SHAPES = [
    Shape(
        "promptfoo.json",
        {
            "evalId": "e",
            "results": {
                "version": 3,
                "results": [
                    promptfoo(1, "b", 1.0),
                    promptfoo(0, "a", 0.25),
                    promptfoo(1, "a", 0.75),
                    promptfoo(0, "b", 0, failureReason=2, error="timeout"),
                ],
            },
        },
        {"a": 0.5, "b": 1.0},
        2,
    ),
    Shape(
        "promptfoo.csv",
        "q,[openai:a] {{q}},[openai:b] {{q}}\n1,[PASS] (1.00) yes,[FAIL] (0.50) no\n"
        "2,[FAIL] (0.00) no,[ERROR] timeout\n",
        {"openai:a": 0.5, "openai:b": 0.5},
        2,
    ),
    Shape(  # a test that was run twice has two numbers
        "promptfoo_repeat.jsonl",
        [
            promptfoo(0, "a", 1.0, vars={"q": "x", "__repeatIndex": 0}),
            promptfoo(1, "a", 0.0, vars={"q": "x", "__repeatIndex": 1}),
            promptfoo(2, "a", 1.0, vars={"q": "y", "__repeatIndex": 0}),
            promptfoo(3, "a", 0, vars={"q": "z"}, error="No output", failureReason=0),
        ],
        {"a": 0.5},
        3,
    ),
    Shape(  # columns for verdict and score, as since 2025
        "promptfoo_columns.csv",
        "q,[a] ask,Status,Score,Named Scores,Grader Reason,Comment"
        ",[b] ask,Status,Score,Named Scores,Metric: tone,Grader Reason,Comment\n"
        "1,yes,PASS,1.00,,ok,,no,FAIL,0.25,,0.50,bad,\n"
        "2,no,FAIL,0.00,,bad,,,ERROR,0.00,,,,\n"
        "1,yes,FAIL,0.50,,ok,,no,PASS,0.75,,0.50,ok,\n",
        {"a": 0.375, "b": 0.5},
        2,
    ),
    Shape(
        "promptfoo_sheet.csv",
        'q,[a] ask\n1,"[PASS] (1.00, tone: 0.50)\n\nyes"\n2,"[FAIL] (0.25, tone: 0.50)\n\nno"\n',
        {"a": 0.625},
        2,
    ),
]
