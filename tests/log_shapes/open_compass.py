"""Files in the shapes that OpenCompass writes."""

from log_shapes.shape import Shape

SHAPES = [
    Shape(
        "m/gsm8k.json",
        {
            "accuracy": 50.0,
            "details": {
                "type": "GEN",
                "0": {"predictions": "1", "references": "1", "correct": True},
                "1": {"predictions": "1", "references": "2", "correct": [False]},
            },
        },
        {"m": 0.5},
        2,
    ),
    Shape("m/mmlu.json", {"accuracy": 51.5}, says="averages of a dataset"),
    Shape(
        "m/preds.json",
        {"0": {"origin_prompt": "q", "prediction": "a", "gold": "b"}},
        says="predictions without scores",
    ),
]
