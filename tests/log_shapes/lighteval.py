"""Files in the shapes that lighteval and the Open LLM Leaderboard writes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from log_shapes.shape import Shape


def table(rows: list[dict[str, Any]]) -> Callable[[Path], None]:
    """Writes rows as Parquet."""
    return lambda file: parquet.write_table(pa.Table.from_pylist(rows), file)


SHAPES = [
    Shape(
        "details/org/m/2026-02-03T04-05-06.1/details_lighteval|gsm8k|5_2026-02-03T04-05-06.1.parquet",
        table([{"doc": {"query": "q", "id": str(n)}, "metric": {"em": n}} for n in (0, 1)]),
        {"org/m": 0.5},
        2,
        metric="em",
    ),
    Shape(
        "details_m/details_harness|arc_2023-08-01T10:11:12.1.parquet",
        table(
            [
                {"example": f"q{n}", "full_prompt": "p", "metrics": {"acc": n, "acc_norm": 1.0}}
                for n in (0, 1, 1, 1)
            ]
        ),
        {"m": 0.75},
        4,
        metric="acc",
    ),
    Shape(
        "leaderboard/old.parquet",
        table([{"full_prompt": "p", "acc": 0.0, "acc_norm": 1.0} for _ in range(2)]),
        {"leaderboard": 0.0},
        2,
        metric="acc",
    ),
    Shape(
        "lighteval_results.json",
        {"config_general": {"model_name": "m"}, "results": {"all": {"em": 0.5}}},
        says="only averages",
    ),
]
