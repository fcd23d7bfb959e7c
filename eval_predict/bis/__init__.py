"""A benchmark's score from its prompts alone (BIS, arXiv:2508.01203)."""

from eval_predict.bench.bis_problems import Benchmark
from eval_predict.bench.bis_protocol import BisRow, Grid, run_protocol
from eval_predict.bis.bis import BIS
from eval_predict.bis.diagnostics import Diagnostics
from eval_predict.bis.encoder import SentenceEncoder
from eval_predict.bis.prompts import Prompts
from eval_predict.bis.save import load_fit, save_fit

__all__ = [
    "BIS",
    "Benchmark",
    "BisRow",
    "Diagnostics",
    "Grid",
    "Prompts",
    "SentenceEncoder",
    "load_fit",
    "run_protocol",
    "save_fit",
]
