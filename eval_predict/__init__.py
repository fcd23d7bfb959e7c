"""What a table of scores says about models, never without an interval."""

from eval_predict.errors import UserError, nearest
from eval_predict.estimate import Estimate, mean_over_seeds, mean_score, paired_difference
from eval_predict.scores import SCORE_SCHEMA, read_scores

__all__ = [
    "SCORE_SCHEMA",
    "Estimate",
    "UserError",
    "mean_over_seeds",
    "mean_score",
    "nearest",
    "paired_difference",
    "read_scores",
]
