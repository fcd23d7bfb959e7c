"""A recipe whose cost is easily reckoned, and counts of its rows."""

from conftest import ROOT

from iwsi.cost.counts import Counts
from iwsi.recipe.load import load_recipe


def recipe(*overrides):
    fixed = ["sample.n=10", "filter.keep=0.5", "train.epochs=2", "rounds=1", "audit=null"]
    fixed += ["sample.engine=transformers", "forecast=null", "gate=null"]
    return load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [*fixed, *overrides])


def counts(**changes):
    values = {
        "questions": 100,
        "labelled": 50,
        "warm": 0,
        "tests": 200,
        "prompt": 20.0,
        "few_shot": 300,
        "answer": 10.0,
        "longest": 340,
        "adapter": 1_000_000,
    }
    return Counts(**(values | changes))
