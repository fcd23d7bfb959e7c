"""Made-up files in the shapes that tools write: field names from their code, values by hand."""

from log_shapes import (
    alpaca_eval,
    averages,
    bigcodebench,
    deepeval,
    evalplus,
    harbor,
    helm,
    humaneval,
    ifeval,
    inspect_ai,
    lighteval,
    livecodebench,
    lm_eval,
    mt_bench,
    open_compass,
    openai_evals,
    promptfoo,
    py_irt,
    reflexion,
    swe_bench,
    tables,
    tau_bench,
    unknown,
    wildbench,
)
from log_shapes.lm_eval import lm_sample
from log_shapes.shape import DATE, Shape, check, write

SHAPES = [
    *lm_eval.SHAPES,
    *averages.SHAPES,
    *inspect_ai.SHAPES,
    *helm.SHAPES,
    *lighteval.SHAPES,
    *evalplus.SHAPES,
    *bigcodebench.SHAPES,
    *livecodebench.SHAPES,
    *humaneval.SHAPES,
    *swe_bench.SHAPES,
    *harbor.SHAPES,
    *tau_bench.SHAPES,
    *reflexion.SHAPES,
    *alpaca_eval.SHAPES,
    *mt_bench.SHAPES,
    *wildbench.SHAPES,
    *promptfoo.SHAPES,
    *tables.SHAPES,
    *deepeval.SHAPES,
    *openai_evals.SHAPES,
    *ifeval.SHAPES,
    *open_compass.SHAPES,
    *py_irt.SHAPES,
    *unknown.SHAPES,
]

__all__ = ["DATE", "SHAPES", "Shape", "check", "lm_sample", "write"]
