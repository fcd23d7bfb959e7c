"""The section that says where rows come from and what they become."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from iwsi.recipe.answer import Answer
from iwsi.recipe.section import Section

PromptStyle = Literal["auto", "chat", "completion"]


class Split(Section):
    """Where the rows of one split come from."""

    path: str = Field(
        description="A file of rows (JSONL, JSON, CSV, TSV, Parquet, Arrow, each also .gz) or a "
        "folder of shards, relative to the recipe; or a hub id."
    )
    subset: str | None = Field(None, description="The hub dataset's configuration, if it has any.")
    split: str | None = Field(None, description="The hub dataset's split, such as train.")
    revision: str | None = Field(None, description="The hub dataset's revision.")
    size: int | None = Field(
        None, gt=0, description="Rows to use, drawn by the seed (test: always the same); null: all."
    )
    records: str | None = Field(
        None,
        description="Where the records of a nested JSON file are: keys joined by dots, such as "
        "data[].paragraphs[].qas[]; * takes each value of an object keyed by id.",
    )
    encoding: str | None = Field(
        None, description="The text's encoding, such as cp1252; null: UTF-8 or UTF-16, by its mark."
    )
    columns: list[str] | None = Field(
        None, min_length=1, description="The columns' names, for a CSV file without a header line."
    )


class Task(Section):
    """Rows, and how they become prompts, answers and gold answers."""

    name: str = Field(description="The benchmark's name, as result files will call it.")
    records: str | None = Field(
        None, description="Where the records of nested files are, for every split that has none."
    )
    train: Split = Field(description="Questions; their labels, if there are any, are never read.")
    validation: Split = Field(description="A few labelled rows with rationales, for the DS weight.")
    test: Split = Field(description="Labelled rows on which each round is tested.")
    prompt: str = Field("{{ question }}", description="Jinja template of a row's prompt.")
    rationale: str = Field(
        "{{ answer }}", description="Jinja template of a validation row's worked answer."
    )
    gold: str = Field("{{ answer }}", description="Jinja template that holds a test row's answer.")
    answer: Answer = Field(
        "number",
        description="What an answer is: number, choice, yes_no, math, text; {kind: label, of: "
        "[...]}; {kind: choice, options: [...]}; or my_package.my_module:read.",
    )
    separator: str = Field(" ", description="Text between a prompt and its answer.")
    few_shot: str = Field("", description="Text before every prompt, such as worked examples.")
    opening: str = Field(
        "",
        description="What stays of the few-shot text where that is left out; chat style puts the "
        "beginning of a turn there.",
    )
    prompt_style: PromptStyle = Field(
        "auto",
        description="chat: the prompt is a user's turn in the model's chat template; completion: "
        "it is text as it stands; auto: chat where the tokenizer has a template.",
    )
    system: str | None = Field(
        None, description="The system prompt of a chat, before the user's turn."
    )
    template_options: dict[str, bool | int | float | str] = Field(
        default_factory=dict,
        description="Variables for the model's chat template, such as enable_thinking: false.",
    )

    @field_validator("name")
    @classmethod
    def _name_is_a_file_name(cls, name: str) -> str:
        """Run directories and exported files carry the name: it must not lead elsewhere."""
        if name in ("", ".", "..") or {"/", "\\"} & set(name) or not name.isprintable():
            raise ValueError(
                f"{name!r} cannot be part of a file's name: write it without slashes and control "
                "characters, such as my_task"
            )
        return name

    @model_validator(mode="before")
    @classmethod
    def _share_records(cls, values: Any) -> Any:
        if not isinstance(values, dict) or not isinstance(values.get("records"), str):
            return values
        shared = {
            name: {"records": values["records"], **values[name]}
            for name in ("train", "validation", "test")
            if isinstance(values.get(name), dict)
        }
        return {**values, **shared}
