"""A benchmark's score from its prompts alone (BIS, arXiv:2508.01203)."""

from eval_predict.bis.bis import ArrayBIS
from eval_predict.bis.diagnostics import Diagnostics
from eval_predict.bis.encoder import SentenceEncoder
from eval_predict.bis.prompts import Prompts
from eval_predict.bis.save import load_fit, save_fit

__all__ = [
    "ArrayBIS",
    "Diagnostics",
    "Prompts",
    "SentenceEncoder",
    "load_fit",
    "save_fit",
]
