"""What users import: the names, how they are called, and what they give."""

import inspect
import io
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

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


def test_a_run_gives_its_tables_as_frames(recipe_file, tmp_path):
    short = {"forecast": None, "gate": None, "sample.n": 3}
    first = iwsi.run(recipe_file, short, tmp_path / "run", until="1/select")
    assert first.summary.next_stage == "round-1/train"
    assert "no result yet, next: round-1/train" in repr(first)
    assert first.adapter is None
    [kept] = first.funnel["kept"]
    candidates = first.candidates()
    assert len(candidates) == 24 * 3 == first.funnel.loc[1, "sampled"]
    assert candidates["keep"].sum() == kept
    results = first.test_results(0)
    assert first.rounds.loc[0, "accuracy"] == pytest.approx(results["score"].mean())
    assert first.rounds.loc[0, "accuracy_low"] < first.rounds.loc[0, "accuracy"]
    with pytest.raises(iwsi.UserError, match="a round with a full test: 0"):
        first.test_results(1)
    again = iwsi.open_run(tmp_path / "run")
    assert again.summary == first.summary
    stream = io.StringIO()
    Console(width=120, file=stream).print(again)
    assert "next: round-1/train" in stream.getvalue()
