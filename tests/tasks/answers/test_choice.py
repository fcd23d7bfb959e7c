from iwsi.recipe.answer import ChoiceAnswer
from iwsi.tasks.answers import extract_answer


def test_an_options_text_is_its_letter() -> None:
    colours = ChoiceAnswer(options=("red", "dark blue"))
    assert extract_answer("The answer is dark blue.", colours) == "B"
    assert extract_answer("The answer is (A) red.", colours) == "A"
    assert extract_answer("The answer is green.", colours) is None
