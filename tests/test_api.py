"""What users import: the names, how they are called, and what they give."""

import inspect
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import iwsi

SIGNATURES = {
    "ds_weight": "(nll, validation_nll)",
    "load_recipe": "(recipe, overrides=())",
    "open_run": "(run_dir)",
    "run": "(recipe, overrides=(), run_dir=None, *, until=None, overwrite=False, progress=False)",
    "vote": "(questions, answers, *, truncated=None, tie='drop', min_votes=1)",
}


def test_the_public_names_are_these():
    assert set(iwsi.__all__) == {*SIGNATURES, "Recipe", "RunResult", "UserError"}
    assert set(iwsi.__all__) <= set(dir(iwsi))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        iwsi.nothing  # noqa: B018


@pytest.mark.parametrize("name", SIGNATURES)
def test_the_public_functions_are_called_like_this(name):
    signature = inspect.signature(getattr(iwsi, name))
    plain = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
    ]
    assert str(inspect.Signature(plain)) == SIGNATURES[name]


def test_importing_iwsi_imports_nothing_large():
    code = "import iwsi, sys; print({'numpy', 'torch', 'pandas', 'rich'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_recipe_is_loaded_by_name_and_changed_by_a_mapping():
    recipe = iwsi.load_recipe("tiny_arith", {"filter.keep": 0.5, "sample.stop": ["x"]})
    assert (recipe.filter.keep, recipe.sample.stop) == (0.5, ("x",))
    assert iwsi.load_recipe("tiny_arith", ["seed=4"]).seed == 4
    with pytest.raises(iwsi.UserError, match='Did you mean "tiny_arith"'):
        iwsi.load_recipe("tiny_arit")


def test_a_vote_keeps_the_index_of_the_series_it_is_given():
    frame = pd.DataFrame(
        {"question": ["a", "a", "a", "b"], "answer": [4, 4, np.nan, 7]}, index=[10, 0, 1, 2]
    )
    votes = iwsi.vote(frame["question"], frame["answer"])
    assert votes.index.tolist() == [10, 0, 1, 2]
    assert votes["agrees"].tolist() == [True, True, False, True]
    assert votes["reason"].tolist()[2] == "no_answer"
    assert votes["vote_share_all"].tolist()[0] == pytest.approx(2 / 3)
    with pytest.raises(iwsi.UserError, match="1 answers"):
        iwsi.vote(["a", "b"], ["x"])


def test_ds_weights_come_from_plain_lists():
    assert iwsi.ds_weight([2.0, 0.5, 1.0], [0.5, 1.5]).tolist() == [2.0, 2.0, 1.0]
