"""A benchmark's score from a few of its items, and what a table of scores says about models.

Every public name is imported when it is first used, so that `import eval_predict` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eval_predict.bench.results import BenchRow, BenchSummary, summarise
    from eval_predict.bench.runner import run_benchmark
    from eval_predict.bis.prompts import Prompts
    from eval_predict.data.draw import Draw
    from eval_predict.data.matrix import ScoreMatrix
    from eval_predict.data.observed import Observed, Selection
    from eval_predict.data.observed_files import read_observed
    from eval_predict.data.readers import Reading, ReadOptions, read
    from eval_predict.data.score_files import read_matrix, write_matrix
    from eval_predict.data.scores import SCORE_SCHEMA, read_scores
    from eval_predict.errors import UserError, nearest
    from eval_predict.estimators.base import MethodEstimator, ScoreEstimator
    from eval_predict.estimators.errors import NotFittedError
    from eval_predict.estimators.evaluation import evaluate
    from eval_predict.estimators.methods import (
        AIPW,
        Auto,
        AutoCoreset,
        DebiasedFiltering,
        PPSDoublyRobust,
        RandomSampling,
    )
    from eval_predict.estimators.prompts import BIS
    from eval_predict.estimators.rounds import Forecaster
    from eval_predict.gain.forecast import Forecast
    from eval_predict.gain.inputs import EarlierRound, ItemFeatures
    from eval_predict.methods import METHODS, Method
    from eval_predict.predict.predictor import Predictor
    from eval_predict.select.design import AdaptiveDesign, Design
    from eval_predict.stats.difference import paired_difference
    from eval_predict.stats.estimate import Estimate, mean_over_seeds, mean_score

__all__ = [
    "AIPW",
    "BIS",
    "METHODS",
    "SCORE_SCHEMA",
    "AdaptiveDesign",
    "Auto",
    "AutoCoreset",
    "BenchRow",
    "BenchSummary",
    "DebiasedFiltering",
    "Design",
    "Draw",
    "EarlierRound",
    "Estimate",
    "Forecast",
    "Forecaster",
    "ItemFeatures",
    "Method",
    "MethodEstimator",
    "NotFittedError",
    "Observed",
    "PPSDoublyRobust",
    "Predictor",
    "Prompts",
    "RandomSampling",
    "ReadOptions",
    "Reading",
    "ScoreEstimator",
    "ScoreMatrix",
    "Selection",
    "UserError",
    "evaluate",
    "mean_over_seeds",
    "mean_score",
    "nearest",
    "paired_difference",
    "read",
    "read_matrix",
    "read_observed",
    "read_scores",
    "run_benchmark",
    "summarise",
    "write_matrix",
]

_MODULES = {
    "eval_predict.bench.results": (
        "BenchRow",
        "BenchSummary",
        "summarise",
    ),
    "eval_predict.bench.runner": ("run_benchmark",),
    "eval_predict.bis.prompts": ("Prompts",),
    "eval_predict.data.draw": ("Draw",),
    "eval_predict.data.matrix": ("ScoreMatrix",),
    "eval_predict.data.observed": (
        "Observed",
        "Selection",
    ),
    "eval_predict.data.observed_files": ("read_observed",),
    "eval_predict.data.readers": (
        "ReadOptions",
        "Reading",
        "read",
    ),
    "eval_predict.data.score_files": (
        "read_matrix",
        "write_matrix",
    ),
    "eval_predict.data.scores": (
        "SCORE_SCHEMA",
        "read_scores",
    ),
    "eval_predict.errors": (
        "UserError",
        "nearest",
    ),
    "eval_predict.estimators.base": (
        "MethodEstimator",
        "ScoreEstimator",
    ),
    "eval_predict.estimators.errors": ("NotFittedError",),
    "eval_predict.estimators.evaluation": ("evaluate",),
    "eval_predict.estimators.methods": (
        "AIPW",
        "Auto",
        "AutoCoreset",
        "DebiasedFiltering",
        "PPSDoublyRobust",
        "RandomSampling",
    ),
    "eval_predict.estimators.prompts": ("BIS",),
    "eval_predict.estimators.rounds": ("Forecaster",),
    "eval_predict.gain.forecast": ("Forecast",),
    "eval_predict.gain.inputs": (
        "EarlierRound",
        "ItemFeatures",
    ),
    "eval_predict.methods": (
        "METHODS",
        "Method",
    ),
    "eval_predict.predict.predictor": ("Predictor",),
    "eval_predict.select.design": (
        "AdaptiveDesign",
        "Design",
    ),
    "eval_predict.stats.difference": ("paired_difference",),
    "eval_predict.stats.estimate": (
        "Estimate",
        "mean_over_seeds",
        "mean_score",
    ),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names beside those that every module has."""
    return sorted({*globals(), *__all__})
