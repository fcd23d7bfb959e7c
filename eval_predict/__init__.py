"""A benchmark's score from a few of its items, and what a table of scores says about models."""

from eval_predict.bench.results import BenchRow, BenchSummary, summarise
from eval_predict.bench.runner import run_benchmark
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed, Selection
from eval_predict.data.observed_files import read_observed
from eval_predict.data.score_files import read_matrix, write_matrix
from eval_predict.data.scores import SCORE_SCHEMA, read_scores
from eval_predict.errors import UserError, nearest
from eval_predict.gain.forecaster import EarlierRound, Forecast, Forecaster, ItemFeatures
from eval_predict.methods import METHODS, Method
from eval_predict.predict.predictor import Predictor
from eval_predict.select.design import AdaptiveDesign, Design
from eval_predict.stats.estimate import Estimate, mean_over_seeds, mean_score, paired_difference

__all__ = [
    "METHODS",
    "SCORE_SCHEMA",
    "AdaptiveDesign",
    "BenchRow",
    "BenchSummary",
    "Design",
    "EarlierRound",
    "Estimate",
    "Forecast",
    "Forecaster",
    "ItemFeatures",
    "Method",
    "Observed",
    "Predictor",
    "ScoreMatrix",
    "Selection",
    "UserError",
    "mean_over_seeds",
    "mean_score",
    "nearest",
    "paired_difference",
    "read_matrix",
    "read_observed",
    "read_scores",
    "run_benchmark",
    "summarise",
    "write_matrix",
]
