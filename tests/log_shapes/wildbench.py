"""Files in the shapes that WildBench writes."""

from log_shapes.shape import Shape

SHAPES = [
    Shape(
        "m.json",
        [
            {"session_id": "a", "model_test": "org/m", "score": "7"},
            {"session_id": "b", "model_test": "org/m", "score": "N/A"},
        ],
        {"org/m": 7.0},
        2,
    ),
    Shape(
        "pairs/m.json",
        [
            {"session_id": n, "model_A": "m", "model_B": "r", "winner": who, "extent": extent}
            for n, (who, extent) in enumerate((("m", 2), ("r", 1), ("tie", 0), ("m", 1)))
        ],
        {"m": 0.25},
        4,
    ),
]
