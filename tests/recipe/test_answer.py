import pytest
from pydantic import TypeAdapter, ValidationError

from iwsi.recipe.answer import Answer, ChoiceAnswer, CustomAnswer, LabelAnswer, kind_of

ANSWER = TypeAdapter(Answer)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("number", "number"),
        ("math", "math"),
        ({"kind": "number"}, "number"),
        ({"kind": "choice", "options": ["yes", "no"]}, "choice"),
        ({"kind": "label", "of": ["a", "b"]}, "label"),
        ({"kind": "text", "several": True}, "text"),
        ("my_package.my_module:read", "custom"),
    ],
)
def test_kinds(value: object, kind: str) -> None:
    assert kind_of(ANSWER.validate_python(value)) == kind


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("label", "label needs its list"),
        ("numbers", "'numbers' is not one of number, choice"),
        ({"kind": "labels"}, "is not one of number"),
        ({"kind": "label", "of": ["a"]}, "at least 2"),
        ({"kind": "label", "of": ["a", "A"]}, "holds a label twice"),
        ({"kind": "label", "of": ["a", "b"], "synonyms": {"c": "d"}}, "not in `of`"),
        ("my module:read", "is not of the form"),
        ([1], "neither a kind's name nor a section"),
        ({"kind": "label", "of": ["a", "b"], "synonym": {}}, "it has of, synonyms"),
    ],
)
def test_what_is_no_kind_is_refused_with_what_would_be(value: object, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ANSWER.validate_python(value)


def test_labels_that_yaml_reads_as_no_text_become_texts() -> None:
    answer = ANSWER.validate_python({"kind": "label", "of": [True, False, 1, "uncertain"]})
    assert isinstance(answer, LabelAnswer)
    assert answer.of == ("true", "false", "1", "uncertain")


def test_a_spec_survives_its_own_dump() -> None:
    for spec in (ChoiceAnswer(options=("a", "b")), CustomAnswer(read="m:f"), "yes_no"):
        dumped = ANSWER.dump_python(spec, mode="json")
        assert ANSWER.validate_python(dumped) == spec
