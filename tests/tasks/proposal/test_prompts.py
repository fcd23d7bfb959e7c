from iwsi.tasks.proposal.leaves import leaves_of
from iwsi.tasks.proposal.prompts import prompt_of


def _prompt(rows):
    leaves = leaves_of(rows)
    return prompt_of(leaves, None, next(leaf for leaf in leaves if leaf.name == "answer"))


def test_a_context_stands_before_the_question():
    rows = [{"question": "who?", "context": "A man.", "answer": "he"}]
    assert _prompt(rows) == "{{ context }}\nQuestion: {{ question }}\nAnswer:"


def test_a_premise_and_its_hypothesis_are_a_question():
    rows = [{"hypothesis": "b", "premise": "a", "answer": "x"}]
    assert _prompt(rows) == "{{ premise }}\n{{ hypothesis }}\nAnswer:"


def test_rows_without_a_question_have_no_prompt():
    assert _prompt([{"id": 3, "answer": "x"}]) is None
