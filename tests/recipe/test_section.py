import pytest
from pydantic import ValidationError

from iwsi.recipe.section import Section, subsection


class Inner(Section):
    """A section for these tests."""

    number: int = 1


def test_a_section_is_frozen_and_refuses_unknown_keys():
    with pytest.raises(ValidationError, match="Extra inputs"):
        Inner(other=2)
    with pytest.raises(ValidationError, match="frozen"):
        Inner().number = 2


def test_a_key_holds_a_section_whether_null_is_allowed_or_not():
    assert subsection(Inner) is Inner
    assert subsection(Inner | None) is Inner
    assert subsection(int | None) is None
