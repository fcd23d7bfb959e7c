import pickle

import pytest

from eval_predict import UserError, nearest


def test_all_parts_make_one_line() -> None:
    error = UserError(
        where="recipe.yaml",
        field="columns.answer",
        got='no column "answr"\n(found:\tquestion)',
        expected="a column\u2028of answers",
        fix='Did you mean "answer"?',
    )
    assert str(error) == (
        'recipe.yaml: columns.answer: no column "answr" (found: question);'
        ' expected a column of answers. Did you mean "answer"?'
    )


def test_absent_parts_leave_no_trace() -> None:
    assert str(UserError(got="nothing")) == "nothing"
    assert str(UserError(got="nothing", where="", fix="Bring some.")) == "nothing. Bring some."
    assert UserError(got=3, field="n").to_dict() == {"error": "n: 3", "field": "n", "got": "3"}


def test_is_a_value_error_that_keeps_its_parts() -> None:
    error = UserError(got=3, field="n")
    assert (error.got, error.field, error.fix) == (3, "n", None)
    with pytest.raises(ValueError, match="n: 3"):
        raise error


def test_survives_pickling_between_processes() -> None:
    error = UserError(got=3, field="n", expected="4")
    error.add_note("seen in a worker")
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own bytes
    assert copy.to_dict() == error.to_dict()


def test_nearest_ignores_case_and_refuses_what_is_far() -> None:
    assert nearest("Anwser", ["question", "answer"]) == "answer"
    assert nearest("LLAMA", ["Llama", "qwen"]) == "Llama"
    assert nearest("zzz", ["question", "answer"]) is None
    assert nearest("zzz", []) is None


def test_a_found_value_as_long_as_a_file_is_shortened() -> None:
    line = str(UserError(where="r.yaml", got="9" * 90_000, expected="a number"))
    assert line == f"r.yaml: {'9' * 500}… (90,000 characters); expected a number"
