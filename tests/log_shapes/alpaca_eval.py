"""Files in the shapes that AlpacaEval writes."""

from log_shapes.shape import Shape

SHAPES = [
    Shape(
        "annotations.json",
        [
            {"instruction": f"i{n}", "generator_1": "base", "generator_2": "m", "preference": value}
            for n, value in enumerate((1, 2, 0, 1.5, 1.9, None))
        ],
        {"m": 0.58},
        6,
    ),
    Shape(
        "model_outputs.json",
        [{"instruction": "i", "output": "o", "generator": "m"}],
        says="outputs without annotations",
    ),
    Shape(
        "leaderboard.csv",
        ",win_rate,standard_error,n_total\nm,50.5,1.2,805\nn,40.1,1.2,805\n",
        says="a leaderboard: averages of 2 models",
    ),
]
