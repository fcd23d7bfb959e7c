import pytest

from iwsi.tasks.answers.number_tokens import tokens


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("She has 1,200 and 3.50 left", ["1200", "3.5"]),
        ("3/4 of it", ["0.75"]),
        ("-7 degrees", ["-7"]),
        ("2 million", ["2000000"]),
        ("no number", []),
    ],
)
def test_numbers_of_a_text_have_canonical_values_in_order(text, values):
    assert [token.value for token in tokens(text)] == values


def test_a_token_stands_where_its_text_is():
    text = "all 42 of them"
    [token] = tokens(text)
    assert text[token.start : token.end] == "42"
