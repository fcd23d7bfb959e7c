import pytest

from iwsi.tasks.answers.markers import Form, statements


@pytest.mark.parametrize(
    ("text", "form", "content"),
    [
        (r"so \boxed{42}", Form.BOX, "42"),
        (r"so \boxed{\frac{1}{2}}", Form.BOX, r"\frac{1}{2}"),
        ("<answer>B</answer>", Form.TAG, "B"),
    ],
)
def test_a_statement_has_its_form_and_its_content(text, form, content):
    [found] = statements(text)
    assert (found.form, found.content) == (form, content)


def test_the_last_statement_comes_first():
    contents = [found.content for found in statements(r"The answer is 3. No: \boxed{4}")]
    assert contents[0] == "4"
    assert contents[1].startswith("3")


def test_a_text_without_a_marker_states_nothing():
    assert list(statements("There are three.")) == []
