"""Labels, texts and readers of one's own."""

import logging

import pytest

from eval_predict.errors import UserError
from iwsi.recipe.answer import ChoiceAnswer, CustomAnswer, LabelAnswer
from iwsi.tasks.answers import extract_answer, reader_of

NLI = LabelAnswer(of=("entailment", "neutral", "contradiction"), synonyms={"follows": "entailment"})
TOPICS = LabelAnswer(of=("World", "Sports", "Science and Technology"))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The answer is entailment.", "entailment"),
        ("**Contradiction**", "contradiction"),
        ("So it is not neutral but contradiction.", "contradiction"),
        ("The premise does not tell. Therefore the label is neutral.", "neutral"),
        (r"\boxed{\text{neutral}}", "neutral"),
        ("<answer>Follows</answer>", "entailment"),
        ('{"label": "neutral"}', "neutral"),
        ("The answer is either neutral or contradiction.", None),
        ("Entailment or contradiction? The answer is unclear.", None),
        ("neutrality is a virtue", None),
        ("I do not know.", None),
    ],
)
def test_labels(text: str, label: str | None) -> None:
    assert extract_answer(text, NLI) == label


def test_labels_of_several_words() -> None:
    assert extract_answer("Topic: science  and technology", TOPICS) == "Science and Technology"
    assert extract_answer("The answer is SPORTS.", TOPICS) == "Sports"


def test_an_options_text_is_its_letter() -> None:
    colours = ChoiceAnswer(options=("red", "dark blue"))
    assert extract_answer("The answer is dark blue.", colours) == "B"
    assert extract_answer("The answer is (A) red.", colours) == "A"
    assert extract_answer("The answer is green.", colours) is None


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is the Eiffel Tower.", "eiffel tower"),
        ("It is tall.\nAnswer: The Eiffel Tower!", "eiffel tower"),
        ("Paris", "paris"),
        ("<answer>New York</answer>", "new york"),
        ("It stands in Paris.\nIt is old.", None),
        ("I do not know.", None),
        ("The answer is unknown.", None),
    ],
)
def test_texts(text: str, answer: str | None) -> None:
    assert extract_answer(text, "text") == answer


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
