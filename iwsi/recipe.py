"""The recipe: its schema, how it is read from YAML, and `key=value` overrides."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from eval_predict.errors import UserError
from iwsi.tasks.answers import AnswerKind

LossOver = Literal["sequence", "completion"]


class _Section(BaseModel):
    """A frozen part of the recipe that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Split(_Section):
    """Where the rows of one split come from."""

    path: str = Field(
        description="A .jsonl, .json, .csv or .parquet file (relative to the recipe), or a hub id."
    )
    subset: str | None = Field(None, description="The hub dataset's configuration, if it has any.")
    split: str | None = Field(None, description="The hub dataset's split, such as train.")
    revision: str | None = Field(None, description="The hub dataset's revision.")
    size: int | None = Field(
        None, gt=0, description="Rows to use, drawn by the seed (test: always the same); null: all."
    )


class Task(_Section):
    """Rows, and how they become prompts, answers and gold answers."""

    name: str = Field(description="The benchmark's name, as result files will call it.")
    train: Split = Field(description="Questions; their labels, if there are any, are never read.")
    validation: Split = Field(description="A few labelled rows with rationales, for the DS weight.")
    test: Split = Field(description="Labelled rows that judge each round.")
    prompt: str = Field("{{ question }}", description="Jinja template of a row's prompt.")
    rationale: str = Field(
        "{{ answer }}", description="Jinja template of a validation row's worked answer."
    )
    gold: str = Field("{{ answer }}", description="Jinja template that holds a test row's answer.")
    answer: AnswerKind = Field("number", description="What an answer is.")
    separator: str = Field(" ", description="What stands between a prompt and its answer.")
    few_shot: str = Field("", description="Text before every prompt, such as worked examples.")


class Model(_Section):
    """The model to improve."""

    name: str = Field(
        description="A folder (relative to the recipe if it begins with .) or hub id."
    )
    revision: str | None = Field(None, description="The hub revision.")
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        "auto", description="auto: bfloat16 on a GPU that has it, else float32."
    )
    trust_remote_code: bool = Field(False, description="Run code that comes with the model.")


class Sample(_Section):
    """How candidates are sampled."""

    engine: Literal["auto", "vllm", "transformers"] = Field(
        "auto", description="auto: vLLM where it is installed, else transformers."
    )
    n: int = Field(15, ge=1, description="Candidates per question.")
    temperature: float = Field(1.1, gt=0, description="Sampling temperature.")
    top_p: float = Field(1.0, gt=0, le=1, description="Nucleus sampling's share of probability.")
    max_tokens: int = Field(256, ge=1, description="Most tokens in one answer.")
    stop: tuple[str, ...] = Field((), description="Strings that end an answer (and are cut off).")
    max_memory_gib: float | None = Field(
        None, gt=0, description="vLLM's memory for keys and values; null: from what is free."
    )
    shard_size: int = Field(64, ge=1, description="Questions per Parquet shard; a resume unit.")


class Filter(_Section):
    """Which candidates are trained on."""

    method: Literal["iwsi", "lmsi"] = Field(
        "iwsi", description="iwsi: vote and DS weight; lmsi: vote alone."
    )
    keep: float = Field(
        0.8, gt=0, le=1, description="Share of voted candidates kept, lowest DS weight first."
    )
    loss_over: LossOver = Field(
        "sequence", description="Tokens that the DS weight's loss is a mean over."
    )
    max_per_question: int | None = Field(
        None, ge=1, description="Most candidates kept per question; null: no limit."
    )
    tie: Literal["drop", "first"] = Field(
        "drop", description="drop: a tie is no majority; first: the answer sampled first wins it."
    )
    batch_tokens: int = Field(16_384, ge=1, description="Most tokens scored at once, padding too.")


class Lora(_Section):
    """The adapter."""

    r: int = Field(64, ge=1, description="Rank.")
    alpha: float = Field(16, gt=0, description="Scale; the update is multiplied by alpha / r.")
    dropout: float = Field(0.05, ge=0, lt=1, description="Dropout before the adapter.")
    target_modules: str | tuple[str, ...] = Field(
        "all-linear", description="Modules that get an adapter, by name."
    )


class Train(_Section):
    """Supervised fine-tuning of the adapter on what was kept."""

    lora: Lora = Lora()
    epochs: float = Field(4, gt=0, description="Passes over what was kept.")
    learning_rate: float = Field(3e-4, gt=0, description="Peak learning rate.")
    batch_size: int = Field(16, ge=1, description="Samples per optimizer step.")
    micro_batch_size: int | None = Field(
        None, ge=1, description="Samples per forward pass; null: batch_size. Must divide it."
    )
    warmup_share: float = Field(0.03, ge=0, lt=1, description="Share of steps to warm up over.")
    scheduler: Literal["linear", "cosine", "constant"] = Field(
        "cosine", description="How the learning rate falls after the warm-up."
    )
    max_length: int | None = Field(
        None, ge=8, description="Longest sample in tokens; null: the model's own limit."
    )
    loss_over: LossOver = Field("completion", description="Tokens that are trained.")
    gradient_checkpointing: bool = Field(False, description="Less memory for about 30% more time.")
    start_from: Literal["base", "previous"] = Field(
        "base", description="base: a fresh adapter each round; previous: go on from the last."
    )

    @model_validator(mode="after")
    def _micro_batches_fill_the_batch(self) -> "Train":
        if self.micro_batch_size and self.batch_size % self.micro_batch_size:
            raise ValueError(
                f"batch_size ({self.batch_size}) is no multiple of "
                f"micro_batch_size ({self.micro_batch_size})"
            )
        return self


class Recipe(_Section):
    """Everything a run depends on."""

    task: Task
    model: Model
    sample: Sample = Sample()
    filter: Filter = Filter()
    train: Train = Train()
    rounds: int = Field(2, ge=1, description="Rounds of sampling and training.")
    seed: Annotated[int, Field(ge=0, lt=2**31, description="Seed of every random choice.")] = 0


class RecipeError(UserError):
    """A recipe that does not fit its schema: its first fault in full, then where the others are."""

    def __init__(self, errors: Sequence[UserError]) -> None:
        first = errors[0]
        others = ", ".join(str(error.field) for error in errors[1:])
        super().__init__(
            where=first.where,
            field=first.field,
            got=first.got,
            expected=first.expected,
            fix=" ".join(filter(None, (first.fix, others and f"Faults also in: {others}"))) or None,
        )
        self.errors = tuple(errors)


def load_recipe(path: Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe; `overrides` are dotted `key=value` pairs that win over the file.

    Relative paths become absolute: in the file they are relative to its folder, in an override
    to the working directory.

    Raises:
        RecipeError: a key or value that the schema refuses.
        UserError: the file cannot be read, or an override is not `key=value`.
    """
    values = _read_yaml(path)
    _absolutise(values, path.parent)
    from_command_line = [_parse_override(text) for text in overrides]
    for keys, value in from_command_line:
        _set(values, keys, value)
    _absolutise(values, Path())
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        given = {".".join(keys) for keys, _ in from_command_line}
        raise RecipeError(
            [_explain(detail, str(path), given) for detail in error.errors()]
        ) from None


def dump_recipe(recipe: Recipe) -> str:
    """The recipe with every default spelled out, as YAML."""
    return yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def differing_keys(ours: Recipe, theirs: Recipe) -> list[str]:
    """Each key whose value differs, as `key: theirs -> ours`."""
    new, old = dict(_flatten(ours.model_dump())), dict(_flatten(theirs.model_dump()))
    keys = sorted(new.keys() | old.keys())
    return [f"{k}: {old.get(k)} -> {new.get(k)}" for k in keys if old.get(k) != new.get(k)]


class _StrictLoader(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error and not the last one wins."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = {str(key) for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.MarkedYAMLError(problem=f"key {sorted(twice)[0]!r} stands twice")
        return super().construct_mapping(node, deep=deep)


def _read_yaml(path: Path) -> dict[str, Any]:
    where = str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UserError(
            where=where,
            got=str(reason),
            expected="a recipe in YAML",
            fix="`iwsi recipes` lists those that come with iwsi",
        ) from None
    try:
        values = yaml.load(text, Loader=_StrictLoader)  # noqa: S506  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = f" at line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UserError(where=where, got=f"{error.problem}{line}", expected="valid YAML") from None
    if not isinstance(values, dict):
        raise UserError(where=where, got=type(values).__name__, expected="a mapping of keys")
    return values


def _parse_override(text: str) -> tuple[list[str], Any]:
    key, equals, value = text.partition("=")
    keys = key.strip().split(".")
    if not equals or not all(keys):
        raise UserError(
            where="command line",
            got=repr(text),
            expected="an override such as filter.keep=0.6",
            fix="write key=value without spaces around =",
        )
    try:
        return keys, yaml.safe_load(value)
    except yaml.YAMLError:
        return keys, value


def _set(values: dict[str, Any], keys: Sequence[str], value: Any) -> None:
    for depth, key in enumerate(keys[:-1]):
        inner = values.setdefault(key, {})
        if not isinstance(inner, dict):
            raise UserError(
                where="command line",
                field=".".join(keys),
                got=f"{'.'.join(keys[: depth + 1])} is {inner!r}",
                expected="a section with keys",
            )
        values = inner
    values[keys[-1]] = value


def _absolutise(values: Mapping[str, Any], folder: Path) -> None:
    """Make relative paths absolute, in place, where they name something under `folder`."""
    task = values.get("task")
    holders = [(values.get("model"), "name")]
    if isinstance(task, dict):
        holders += [(task.get(split), "path") for split in ("train", "validation", "test")]
    for holder, key in holders:
        if not isinstance(holder, dict) or not isinstance(holder.get(key), str):
            continue
        path = Path(holder[key]).expanduser()
        is_explicit = holder[key].startswith(("./", "../", "~"))
        if not path.is_absolute() and (is_explicit or (folder / path).exists()):
            holder[key] = str((folder / path).resolve())


def _flatten(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flatten(inner, f"{key}.{name}" if key else str(name))
    else:
        yield key, value


def _explain(detail: ErrorDetails, file: str, overridden: set[str]) -> UserError:
    keys = [str(part) for part in detail["loc"]]
    field = ".".join(keys)
    where = "command line" if field in overridden else file
    match detail["type"]:
        case "extra_forbidden":
            known = _known_keys(keys[:-1])
            near = difflib.get_close_matches(keys[-1], known, n=1, cutoff=0.5)
            return UserError(
                where=where,
                field=field,
                got="a key that recipes do not have",
                expected=f"one of {', '.join(known)}" if known else "no further keys",
                fix=f'Did you mean "{".".join([*keys[:-1], near[0]])}"?' if near else None,
            )
        case "missing":
            return UserError(
                where=file, field=field, got="nothing", expected="a value", fix="add this key"
            )
        case "value_error":
            return UserError(where=where, field=field, got=detail["msg"].split(", ", 1)[-1])
        case _:
            expected = detail["msg"].removeprefix("Input should be ")
            return UserError(where=where, field=field, got=repr(detail["input"]), expected=expected)


def _known_keys(keys: Sequence[str]) -> list[str]:
    section: Any = Recipe
    for key in keys:
        annotation = section.model_fields[key].annotation
        section = next(
            (a for a in (annotation, *get_args(annotation)) if hasattr(a, "model_fields")), None
        )
        if section is None:
            return []
    return list(section.model_fields)
