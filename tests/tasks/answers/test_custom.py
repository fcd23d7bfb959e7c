import logging

import pytest

from eval_predict.errors import UserError
from iwsi.recipe.answer import CustomAnswer
from iwsi.tasks.answers import reader_of


@pytest.fixture
def custom_reader(tmp_path, monkeypatch):
    (tmp_path / "own_answers.py").write_text(
        "def read(text):\n    return text[-1:] or None\n\n"
        "def gold(text):\n    return text.strip().upper()\n\n"
        "def broken(text):\n    return 1 / 0\n\n"
        "def number(text):\n    return 3\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))


def test_a_function_of_ones_own_reads_and_is_announced(custom_reader, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        reader = reader_of(CustomAnswer(read="own_answers:read", gold="own_answers:gold"))
    assert "own_answers.py reads the answers" in caplog.text
    assert reader.extract("so x") == "x"
    assert reader.extract("") is None
    assert reader.gold(" x ") == "X"


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("own_answers:missing", "has no function missing"),
        ("no_such_module_of_ones_own:read", "ModuleNotFoundError"),
        ("own_answers:broken", "ZeroDivisionError"),
        ("own_answers:number", "gave int"),
    ],
)
def test_faults_of_ones_own_function_are_typed(custom_reader, function: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        reader_of(CustomAnswer(read=function)).extract("text")
