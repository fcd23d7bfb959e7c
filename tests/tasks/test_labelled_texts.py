import pytest
from conftest import ROOT

from eval_predict.errors import UserError
from iwsi.recipe.load import load_recipe
from iwsi.tasks.labelled_texts import checked_gold, checked_rationale, refuse_doubtful

TASK = load_recipe(ROOT / "recipes" / "tiny_arith.yaml").task


def _rationale(text, prompt="Question: 1 + 2?"):
    return checked_rationale(text, prompt, TASK, "rows.jsonl", "row 3")


def test_a_rationale_is_trimmed_and_holds_an_answer():
    assert _rationale(" 1 + 2 = 3. The answer is 3. \n") == "1 + 2 = 3. The answer is 3."
    with pytest.raises(UserError, match=r"rows\.jsonl: row 3: no number in 'I do not know\.'"):
        _rationale("I do not know.")
    with pytest.raises(UserError, match="row 3: an empty answer"):
        _rationale("  ")


@pytest.mark.parametrize("text", ["3", "#### 1,200", " 3. "])
def test_an_answer_without_its_solution_is_no_rationale(text):
    with pytest.raises(UserError, match="the bare answer"):
        _rationale(text)


def test_thinking_that_does_not_end_is_refused_unless_the_prompt_has_opened_it():
    with pytest.raises(UserError, match="<think> block is not closed"):
        _rationale("<think> 1 + 2 = 3. The answer is 3.")


def test_a_gold_is_in_canonical_form():
    assert checked_gold("$1,200.00", "q", TASK, "rows.jsonl", "row 3") == "1200"
    with pytest.raises(UserError, match="row 3: no number"):
        checked_gold("none", "q", TASK, "rows.jsonl", "row 3")


def test_a_column_of_plain_golds_is_beyond_doubt():
    refuse_doubtful(TASK, "rows.jsonl", [1, 2, 3], ["#### 1", "#### 2", "#### 3"])
