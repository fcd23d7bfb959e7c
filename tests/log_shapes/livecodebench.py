"""Files in the shapes that LiveCodeBench writes."""

from log_shapes.shape import Shape

SHAPES = [
    Shape(
        "O1/Scenario.codegeneration_2_0.2_eval_all.json",
        [
            {"question_id": "a", "code_list": ["", ""], "graded_list": [True, False]},
            {"question_id": "b", "code_list": ["", ""], "graded_list": [False, False]},
        ],
        {"O1": 0.25},
        2,
    ),
    Shape(
        "O1/Scenario.codegeneration_2_0.2_eval.json",
        [{"pass@1": 0.5, "detail": {"pass@1": {"0": 1.0, "1": 0.0}}}, {"0": [[True]]}, []],
        {"O1": 0.5},
        2,
    ),
    Shape(
        "O1/Scenario.codegeneration_1_0.2.json",
        [{"question_id": "a", "output_list": ["x"], "code_list": ["x"]}],
        says="completions without results",
    ),
]
