from iwsi.tasks.proposal.golds import find_gold
from iwsi.tasks.proposal.leaves import leaves_of
from iwsi.tasks.proposal.rationales import rationale_of


def _rationale(rows):
    leaves = leaves_of(rows)
    return rationale_of(rows, leaves, find_gold(leaves, rows, None, None))


def test_without_a_worked_solution_the_gold_stands_in_a_sentence():
    found = _rationale([{"question": "a?", "answer": "3"}, {"question": "b?", "answer": "4"}])
    assert found.template == "The answer is {{ answer }}."
    assert not found.is_worked


def test_a_column_of_solutions_that_end_in_the_gold_is_the_rationale():
    text = "We count the apples on the table one after the other. The answer is {}."
    rows = [{"question": f"{i}?", "solution": text.format(i), "answer": str(i)} for i in (3, 4)]
    assert "solution" in _rationale(rows).template
