"""The kinds of answer: a number, a letter, a label, a formula, a text, or your own."""

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from iwsi.recipe.section import Section

AnswerKind = Literal["number", "choice", "yes_no", "math", "text"]
KINDS: tuple[AnswerKind, ...] = ("number", "choice", "yes_no", "math", "text")

_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


class ChoiceAnswer(Section):
    """A letter; an option's own text counts as its letter."""

    kind: Literal["choice"] = "choice"
    options: tuple[str, ...] = Field(
        (), max_length=10, description="The options' texts, A first, where all rows have the same."
    )


class LabelAnswer(Section):
    """One of a closed list of labels."""

    kind: Literal["label"] = "label"
    of: tuple[str, ...] = Field(min_length=2, description="The labels, as they are counted.")
    synonyms: dict[str, str] = Field(
        {}, description="Other words for labels, such as {follows: entailment}."
    )

    @field_validator("of", mode="before")
    @classmethod
    def _words(cls, of: Any) -> Any:
        # YAML reads a bare true, false, 1 or 0.5 as no text.
        return [_word(label) for label in of] if isinstance(of, list | tuple) else of

    @field_validator("synonyms", mode="before")
    @classmethod
    def _pairs(cls, synonyms: Any) -> Any:
        if not isinstance(synonyms, dict):
            return synonyms
        return {_word(word): _word(label) for word, label in synonyms.items()}

    @model_validator(mode="after")
    def _distinct(self) -> "LabelAnswer":
        folded = [label.casefold().strip() for label in self.of]
        if len(set(folded)) < len(folded) or not all(folded):
            raise ValueError(f"of: {list(self.of)} holds a label twice, or an empty one")
        for word, label in self.synonyms.items():
            if label not in self.of:
                raise ValueError(f"synonyms: {word!r} stands for {label!r}, which is not in `of`")
        return self


class MathAnswer(Section):
    """A formula."""

    kind: Literal["math"] = "math"
    several: bool = Field(
        False, description="A gold may be a list of values, such as 1, -2; all must be given."
    )


class TextAnswer(Section):
    """A short text, compared without case, articles, punctuation and extra spaces."""

    kind: Literal["text"] = "text"
    several: bool = Field(
        False, description="A gold may be a list of different texts; any of them is right."
    )


class CustomAnswer(Section):
    """Functions of your own."""

    kind: Literal["custom"] = "custom"
    read: str = Field(description="module:function, from a text to its answer or None.")
    gold: str | None = Field(
        None, description="module:function, from a gold's text to its answer or None; null: read."
    )

    @field_validator("read", "gold")
    @classmethod
    def _names_a_function(cls, name: str | None) -> str | None:
        if name is not None and not _FUNCTION.fullmatch(name):
            raise ValueError(f"{name!r} is not of the form my_package.my_module:function")
        return name


AnswerSpec = AnswerKind | ChoiceAnswer | LabelAnswer | MathAnswer | TextAnswer | CustomAnswer

_SECTIONS: dict[str, type[Section]] = {
    "choice": ChoiceAnswer,
    "label": LabelAnswer,
    "math": MathAnswer,
    "text": TextAnswer,
    "custom": CustomAnswer,
}


def parse_answer(value: Any) -> Any:
    """A recipe's `task.answer` as an `AnswerSpec`.

    Raises:
        ValueError: it is none, with what would be one.
    """
    if isinstance(value, str):
        if value in KINDS:
            return value
        if ":" in value:
            return CustomAnswer(read=value)
        if value == "label":
            raise ValueError("label needs its list: {kind: label, of: [positive, negative]}")
        raise ValueError(f"{value!r} is not one of {_kinds()}, nor my_package.my_module:function")
    if isinstance(value, dict):
        kind = value.get("kind")
        if kind in _SECTIONS:
            return _section(_SECTIONS[kind], value)
        if kind in KINDS and len(value) == 1:
            return kind
        raise ValueError(f"kind: {kind!r} is not one of {_kinds()}, label, custom")
    if isinstance(value, Section):
        return value
    raise ValueError(f"{value!r} is neither a kind's name nor a section with one")


def _section(section: type[Section], value: dict[Any, Any]) -> Section:
    if unknown := sorted(map(str, set(value) - set(section.model_fields))):
        names = ", ".join(name for name in section.model_fields if name != "kind")
        raise ValueError(f"{value['kind']} has no key {unknown[0]!r}; it has {names}")
    return section.model_validate(value)


Answer = Annotated[AnswerSpec, BeforeValidator(parse_answer)]


def kind_of(spec: AnswerSpec) -> str:
    """The kind's name."""
    return spec if isinstance(spec, str) else spec.kind


def _word(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _kinds() -> str:
    return ", ".join(KINDS)
