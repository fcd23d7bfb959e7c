import pytest
from conftest import ROOT

from eval_predict.errors import UserError
from iwsi.recipe.load import load_recipe
from iwsi.sample.closed_list import check_exact, closed_list


def recipe(*overrides):
    exact = ["sample.method=exact", "sample.labels=['1', '2', '3']"]
    return load_recipe(ROOT / "recipes" / "tiny_arith.yaml", [*exact, *overrides])


def test_each_label_has_its_whole_text_with_what_stands_before_it():
    assert closed_list(recipe()) == (
        " The answer is 1.",
        " The answer is 2.",
        " The answer is 3.",
    )


def test_answers_that_are_generated_have_no_list():
    assert closed_list(recipe("sample.method=generate")) == ()


def test_labels_that_are_read_as_one_answer_are_refused():
    with pytest.raises(UserError, match=r"sample\.labels: '2', whose text .* as another label's"):
        closed_list(recipe("sample.labels=['1', '2', '2.0']"))


def test_a_label_that_is_no_answer_is_refused():
    with pytest.raises(UserError, match=r"sample\.labels: 'many'"):
        closed_list(recipe("sample.labels=['1', 'many']"))


def test_the_exact_method_needs_labels():
    with pytest.raises(UserError, match="two or more labels"):
        closed_list(recipe("sample.labels=[]"))


def test_labels_are_those_of_the_task_unless_the_recipe_names_others():
    task = "task.answer={kind: label, of: [positive, negative]}"
    assert closed_list(recipe("sample.labels=[]", task)) == (
        " The answer is positive.",
        " The answer is negative.",
    )


@pytest.mark.parametrize("key", ["filter={method: lmsi, min_votes: 3}", "filter={method: self}"])
def test_what_needs_counted_votes_or_text_is_refused(key):
    with pytest.raises(UserError, match=r"sample\.method=exact"):
        check_exact(recipe(key))
    check_exact(recipe("sample.method=generate", key))
