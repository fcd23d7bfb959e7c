"""Files in the shapes that py-irt writes."""

from log_shapes.shape import Shape

SHAPES = [
    Shape(
        "subjects.jsonlines",
        [
            {"subject_id": "a", "responses": {"q1": 1, "q2": 0}},
            {"subject_id": "b", "responses": {"q1": 1}},
        ],
        {"a": 0.5, "b": 1.0},
        2,
    ),
]
