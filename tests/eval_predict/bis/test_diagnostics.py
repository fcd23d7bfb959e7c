import numpy as np

from eval_predict.bis.diagnostics import diagnose
from eval_predict.bis.weights import Weights

EVEN = Weights(np.full(100, 0.01), 100.0, 0.01, 0.2)


def test_benchmarks_alike_overlap_fully_and_have_no_warning() -> None:
    found = diagnose(EVEN, 0.5, [], ())
    assert found.overlap == 1
    assert found.warnings == ()


def test_benchmarks_that_covariates_separate_overlap_not_at_all() -> None:
    found = diagnose(EVEN, 1.0, [], ())
    assert found.overlap == 0
    assert any("overlap 0.00" in line for line in found.warnings)


def test_prompts_in_both_are_contamination_and_heavy_weights_are_named() -> None:
    heavy = Weights(np.full(100, 0.01), 12.0, 0.4, 0.9)
    found = diagnose(heavy, 0.6, [(0, 3)], ("first",))
    assert found.contaminated == ((0, 3),)
    assert found.warnings[0] == "first"
    text = " ".join(found.warnings)
    assert "1 target prompts are in the source too" in text
    assert "k̂ is 0.90" in text
    assert "only 12 source items" in text
