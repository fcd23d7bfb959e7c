"""The examples in docstrings do what they say."""

import doctest
from importlib import import_module

import pytest

MODULES = [
    "eval_predict.data.checks",
    "eval_predict.data.matrix",
    "eval_predict.estimators.evaluation",
    "eval_predict.estimators.methods",
    "eval_predict.estimators.rounds",
    "eval_predict.stats.estimate",
]


@pytest.mark.parametrize("name", MODULES)
def test_examples_hold(name: str) -> None:
    failed, tried = doctest.testmod(import_module(name))
    assert tried > 0
    assert failed == 0
