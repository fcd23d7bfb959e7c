import pytest

from iwsi.tasks.answers import extract_answer


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
