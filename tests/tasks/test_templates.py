"""Templates: what they reach in a row, and what they are kept from."""

import time

import pytest

from eval_predict.errors import UserError
from iwsi.tasks.templates import render

ROW = {
    "question": "q?",
    "Correct Answer": "x",
    "choices": {"items": ["a", "b"]},
    "n": 3,
    "empty": None,
    "template": "{{ question }}",
}


def _render(template, row=ROW, **options):
    return render(template, [row], field="task.prompt", where="f.jsonl", **options)[0]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('{{ row["Correct Answer"] }}', "x"),
        ("{{ choices.items[1] }}", "b"),
        ("{{ 'a' ~ n ~ question }}", "a3q?"),
        ("{% for i in range(3) %}{{ 'ABC'[i] }}{% endfor %}", "ABC"),
        ("{{ question.replace('q', 'r') }}{{ question | replace('?', '!') }}", "r?q!"),
        ("{{ ', '.join(choices.items) }}; {{ choices.items | join('/') }}", "a, b; a/b"),
        ("{{ question }}{% if empty %} and {{ empty }}{% endif %}", "q?"),
        ("{{ empty | default('none') }}", "none"),
        ("{{ '-' * 3 }}{{ 2 ** 10 }}{{ 7 % 4 }}", "---10243"),
        ("{{ template }}", "{{ question }}"),
        ("{{ choices }}", '{"items": ["a", "b"]}'),
    ],
)
def test_a_template_reaches_what_a_row_holds(template, text):
    assert _render(template) == text


def test_a_column_named_row_is_that_column():
    assert _render("{{ row }}", {"row": 5}) == "5"


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'x' * 10**10 }}",
        "{{ 10**10 * 'x' }}",
        "{{ [1] * 10**9 }}",
        "{{ 9 ** (9 ** 9) }}",
        "{% for i in range(10**9) %}x{% endfor %}",
        "{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}",
        "{% set a = 'x' * 10**6 %}{% set b = a ~ a ~ a ~ a ~ a ~ a ~ a ~ a ~ a ~ a ~ a %}{{ b }}",
        "{% set a = 'x' * 10**6 %}{{ a | replace('x', 'y' * 100) }}",
        "{% set a = 'x' * 10**6 %}{{ a.replace('x', 'y' * 100) }}",
        "{{ 'x'.center(10**10) }}",
        "{{ 'x' | center(10**10) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '{:>1000000000}'.format(1) }}",
        "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}",
        "{{ " + "9" * 5000 + " }}",
    ],
)
def test_a_template_without_bounds_is_refused_at_once(template):
    begin = time.perf_counter()
    with pytest.raises(UserError, match=r"task\.prompt: ") as caught:
        _render(template)
    assert "\n" not in str(caught.value)
    assert time.perf_counter() - begin < 2


@pytest.mark.parametrize(
    "template",
    [
        "{{ question.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ self.__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os }}",
        "{{ (question | attr('__class__')) }}",
        "{{ row.update({'a': 1}) }}",
    ],
)
def test_the_known_ways_out_of_the_sandbox_are_closed(template):
    with pytest.raises(UserError):
        _render(template)


def test_an_error_names_its_row():
    rows = [{"label": 0}, {"label": 5}]
    with pytest.raises(UserError, match=r"f: row 2, task\.gold"):
        render("{{ ['A', 'B'][label] }}", rows, field="task.gold", where="f")


@pytest.mark.parametrize("template", ["{{ row['empty'] }}", "{{ choices.text }}"])
def test_nothing_is_not_rendered_as_a_word(template):
    with pytest.raises(UserError, match=r"row 1, task\.prompt"):
        _render(template, {**ROW, "choices": {"text": None}})


def test_values_are_escaped_and_the_templates_own_text_is_not():
    escaped = _render(
        "<s>{{ question }}", {"question": "<s>"}, escape=lambda t: t.replace("<", "(")
    )
    assert escaped == "<s>(s>"


def test_a_number_that_is_infinite_is_refused_in_one_line():
    with pytest.raises(UserError, match="a template that fits every row"):
        _render("{{ 1e999 * 0 }}")
