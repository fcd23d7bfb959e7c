"""Malformed recipes: for each key and each wrong kind of value, the one line that is said."""

import os
from typing import NamedTuple

import pytest
import yaml

from eval_predict.errors import UserError
from iwsi.recipe.load import RecipeError, load_recipe

FILE = "recipe.yaml"
MINIMAL = {
    "task": {
        "name": "t",
        "train": {"path": "train.jsonl"},
        "validation": {"path": "validation.jsonl"},
        "test": {"path": "org/benchmark"},
    },
    "model": {"name": "org/model"},
}
QUOTES = "Put it into quotes, which make it a text."


class Fault(NamedTuple):
    """A value in YAML, and the parts of its error beside file and key."""

    value: str
    got: str
    expected: str
    fix: str | None = None
    below: str = ""  # the part of the key where the fault is, such as a list's first element


TEXT = (
    Fault("7", "7", "a text", QUOTES),
    Fault("1.5", "1.5", "a text", QUOTES),
    Fault("[a]", "['a']", "a text"),
    Fault("{a: b}", "{'a': 'b'}", "a text"),
)
SOME_TEXT = (*TEXT, Fault("null", "nothing (null)", "a text"))
WHOLE = (
    Fault("few", "'few'", "a whole number"),
    Fault("[1]", "[1]", "a whole number"),
    Fault("1.5", "1.5", "a whole number"),
)
SOME_WHOLE = (*WHOLE, Fault("null", "nothing (null)", "a whole number"))
NUMBER = (
    Fault("few", "'few'", "a number"),
    Fault("[1]", "[1]", "a number"),
    Fault("1e999", "'1e999'", "a finite number"),
    Fault(".nan", "nan", "a finite number"),
)
SOME_NUMBER = (*NUMBER, Fault("null", "nothing (null)", "a number"))
FLAG = (Fault("perhaps", "'perhaps'", "true or false"),)
TEXTS = (
    Fault("abc", "'abc'", "a list"),
    Fault("7", "7", "a list"),
    Fault("[7]", "7", "a text", QUOTES, ".0"),
)
SECTION = (
    Fault("7", "7", "a section with keys"),
    Fault("abc", "'abc'", "a section with keys"),
    Fault("[a]", "['a']", "a section with keys"),
)
SOME_SECTION = (*SECTION, Fault("null", "nothing (null)", "a section with keys"))
TABLE = (Fault("abc", "'abc'", "a section with keys"), Fault("[a]", "['a']", "a section with keys"))


def one_of(*names: str) -> tuple[Fault, ...]:
    """Of a key that takes one of a few names."""
    quoted = [f"'{name}'" for name in names]
    expected = f"{', '.join(quoted[:-1])} or {quoted[-1]}" if quoted[1:] else quoted[0]
    return (
        Fault("something", "'something'", expected),
        Fault("7", "7", expected),
        Fault("null", "nothing (null)", expected),
    )


def below(value: str, bound: str) -> Fault:
    """Of a number outside of its range."""
    return Fault(value, value, bound)


KEYS: dict[str, tuple[Fault, ...]] = {
    "task": SOME_SECTION,
    "task.name": SOME_TEXT,
    "task.records": TEXT,
    "task.train": SOME_SECTION,
    "task.train.path": SOME_TEXT,
    "task.train.subset": TEXT,
    "task.train.split": TEXT,
    "task.train.revision": TEXT,
    "task.train.size": (*WHOLE, below("0", "greater than 0")),
    "task.validation.size": (*WHOLE, below("-3", "greater than 0")),
    "task.test.encoding": TEXT,
    "task.test.columns": TEXTS,
    "task.prompt": SOME_TEXT,
    "task.rationale": SOME_TEXT,
    "task.gold": SOME_TEXT,
    "task.separator": SOME_TEXT,
    "task.few_shot": SOME_TEXT,
    "task.opening": SOME_TEXT,
    "task.prompt_style": one_of("auto", "chat", "completion"),
    "task.system": TEXT,
    "task.template_options": TABLE,
    "model": SOME_SECTION,
    "model.name": SOME_TEXT,
    "model.revision": TEXT,
    "model.dtype": one_of("auto", "float32", "bfloat16", "float16"),
    "model.trust_remote_code": FLAG,
    "model.end_token": TEXT,
    "warm_start": SECTION,
    "warm_start.rows": (*SOME_NUMBER, below("0", "greater than 0")),
    "warm_start.epochs": (*NUMBER, below("-1", "greater than 0")),
    "warm_start.learning_rate": (*NUMBER, below("0", "greater than 0")),
    "sample": SOME_SECTION,
    "sample.method": one_of("generate", "exact"),
    "sample.labels": TEXTS,
    "sample.engine": one_of("auto", "vllm", "transformers", "server"),
    "sample.concurrency": (*SOME_WHOLE, below("0", "greater than or equal to 1")),
    "sample.vllm": TABLE,
    "sample.n": (*SOME_WHOLE, below("0", "greater than or equal to 1")),
    "sample.temperature": (*SOME_NUMBER, below("0", "greater than 0")),
    "sample.top_p": (*SOME_NUMBER, below("1.5", "less than or equal to 1")),
    "sample.max_tokens": (*SOME_WHOLE, below("0", "greater than or equal to 1")),
    "sample.stop": TEXTS,
    "sample.adapter": one_of("auto", "merged", "lora"),
    "sample.max_memory_gib": (*NUMBER, below("0", "greater than 0")),
    "sample.shard_size": (*SOME_WHOLE, below("0", "greater than or equal to 1")),
    "sample.processes": (*WHOLE, below("0", "greater than or equal to 1")),
    "sample.tensor_parallel": (*SOME_WHOLE, below("0", "greater than or equal to 1")),
    "sample.cluster": one_of("none", "ray"),
    "audit": SECTION,
    "audit.rows": (*SOME_WHOLE, below("0", "greater than or equal to 1")),
    "train": SOME_SECTION,
    "train.lora": SOME_SECTION,
    "train.lora.r": (*SOME_WHOLE, below("0", "greater than or equal to 1")),
    "train.lora.alpha": (*SOME_NUMBER, below("0", "greater than 0")),
    "train.lora.dropout": (*SOME_NUMBER, below("1", "less than 1")),
    "train.epochs": (*SOME_NUMBER, below("0", "greater than 0")),
    "train.learning_rate": (*SOME_NUMBER, below("-1", "greater than 0")),
    "train.batch_size": (*SOME_WHOLE, below("0", "greater than or equal to 1")),
    "train.micro_batch_size": (*WHOLE, below("0", "greater than or equal to 1")),
    "train.warmup_share": (*SOME_NUMBER, below("1", "less than 1")),
    "train.scheduler": one_of("linear", "cosine", "constant"),
    "train.max_length": (*WHOLE, below("7", "greater than or equal to 8")),
    "train.loss_over": one_of("sequence", "completion"),
    "train.few_shot": FLAG,
    "train.gradient_checkpointing": FLAG,
    "train.start_from": one_of("base", "previous"),
    "train.distributed": one_of("auto", "none", "ddp", "zero2", "zero3"),
    "train.num_processes": (*SOME_WHOLE, below("0", "greater than or equal to 1")),
    "train.offload": one_of("none", "cpu"),
    "train.padding_free": one_of("auto", "never"),
    "test": SOME_SECTION,
    "test.full": one_of("final", "every", "never"),
    "forecast": SECTION,
    "forecast.budget": (*NUMBER, below("0", "greater than 0")),
    "forecast.method": one_of("auto", "paired_dr", "paired_sample"),
    "forecast.level": (*SOME_NUMBER, below("0.5", "greater than 0.5")),
    "forecast.max_halfwidth": (*NUMBER, below("1", "less than 1")),
    "forecast.batch": (*WHOLE, below("0", "greater than or equal to 1")),
    "gate": SECTION,
    "gate.min_gain": SOME_NUMBER,
    "gate.confidence": (*SOME_NUMBER, below("1", "less than 1")),
    "gate.patience": (*SOME_WHOLE, below("0", "greater than or equal to 1")),
    "gate.on_fail": one_of("stop", "rollback", "continue"),
    "rounds": (*SOME_WHOLE, below("0", "greater than or equal to 1")),
    "seed": (*SOME_WHOLE, below("-1", "greater than or equal to 0")),
}
CASES = [(key, fault) for key, faults in KEYS.items() for fault in faults]


def _write(folder, key, value):
    """A sound recipe in which one key has another value."""
    values = yaml.safe_load(yaml.safe_dump(MINIMAL))
    holder = values
    *sections, name = key.split(".")
    for section in sections:
        holder = holder.setdefault(section, {})
    holder[name] = yaml.safe_load(value)
    path = folder / FILE
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def test_there_are_more_than_two_hundred_cases():
    assert len(CASES) > 250


@pytest.mark.parametrize(
    ("key", "fault"), CASES, ids=[f"{key}={fault.value}" for key, fault in CASES]
)
def test_a_value_of_the_wrong_kind_is_one_line_with_key_value_and_kind(tmp_path, key, fault):
    path = _write(tmp_path, key, fault.value)
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    error = next(found for found in caught.value.errors if found.field == key + fault.below)
    assert (error.got, error.expected, error.fix) == (fault.got, fault.expected, fault.fix)
    assert error.where == str(path)
    assert "\n" not in str(caught.value)
    # From the command line the same is said, and where it came from.
    with pytest.raises(RecipeError) as caught:
        load_recipe(_write(tmp_path, "seed", "0"), [f"{key}={fault.value}"])
    error = next(found for found in caught.value.errors if found.field == key + fault.below)
    assert (error.where, error.got) == ("command line", fault.got)


@pytest.mark.parametrize(
    "key",
    [key for key in KEYS if key not in ("task", "model", "seed", "test", "gate", "audit")],
)
def test_a_misspelt_key_is_named_with_the_nearest_that_there_is(tmp_path, key):
    *sections, name = key.split(".")
    wrong = ".".join([*sections, name[:-1] + name[-1] * 2])
    path = _write(tmp_path, wrong, "1")
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    error = next(found for found in caught.value.errors if found.field == wrong)
    assert error.got == "a key that recipes do not have"
    assert name in str(error.expected).removeprefix("one of ").split(", ")
    assert error.fix == f'Did you mean "{key}"?'


@pytest.mark.parametrize(
    "key", ["task", "task.name", "task.train", "task.train.path", "task.test.path", "model"]
)
def test_a_key_that_has_to_be_there_is_asked_for(tmp_path, key):
    values = yaml.safe_load(yaml.safe_dump(MINIMAL))
    *sections, name = key.split(".")
    holder = values
    for section in sections:
        holder = holder[section]
    del holder[name]
    path = tmp_path / FILE
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_recipe(path)
    expected = f"{path}: {key}: nothing; expected a value. Add this key."
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (["train.micro_batch_size=5"], "train: batch_size (16) is no multiple of micro_batch_size"),
        (["train.save_steps=1.5"], "train: save_steps (1.5) is neither whole nor below 1"),
        (["gate.min_gain=1"], "gate: min_gain (1) can never be exceeded: use below 1"),
        (["gate.min_gain=-1"], "gate: min_gain (-1) is always exceeded: use above -1"),
        (["forecast=null"], "the gate has no evidence on a round: set forecast or"),
        (["audit=null", "filter={method: auto}"], "filter.method=auto learns from audited rows"),
        (["sample.url=http://x"], "sample: url is for engine server: set sample.engine=server"),
        (["model.gguf=x.gguf"], "model: a model comes from one place"),
        (["task.answer=number2"], "task.answer: 'number2' is not one of number, choice"),
        (["task.answer=7"], "task.answer: 7 is neither a kind's name nor a section with one"),
        (["filter.method=iwsy"], "filter.method: 'iwsy'; expected one of lmsi"),
        (["filter.reward_model=m"], "'m' with filter.method=iwsi, which does not use it"),
        (["filter=null"], "filter: "),
        (["task.name=a/b"], "task.name"),
        (["task.name=.."], "task.name"),
        (["seed=9999999999"], "seed: 9999999999; expected less than 2147483648"),
    ],
)
def test_keys_that_do_not_fit_each_other_are_one_line(tmp_path, keys, line):
    with pytest.raises(UserError) as caught:
        load_recipe(_write(tmp_path, "seed", "0"), keys)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


# Aliases of aliases: 9^10 texts from 500 bytes; and merge keys, which the loader writes out.
_LAUGHS = b"a0: &a0 [x]\n" + b"".join(
    b"a%d: &a%d [%s]\n" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 9)) for i in range(1, 11)
)
_MERGED = b"a0: &a0 {x: 1}\n" + b"".join(
    b"a%d: &a%d {<<: [%s]}\n" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 9)) for i in range(1, 11)
)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "an empty file; expected a mapping of keys"),
        (b"# only a comment\n", "an empty file; expected a mapping of keys"),
        (b"[1, 2]", "a list; expected a mapping of keys"),
        (b"text", "a text; expected a mapping of keys"),
        (b"7", "a number; expected a mapping of keys"),
        (b"task: {", "expected valid YAML"),
        (b"task:\n\t- a", "at line 2; expected valid YAML"),
        (b"a: 1\na: 2\n", "key 'a' stands twice"),
        (b"a: &x [*x]\n", "a value that holds itself at line 1; expected valid YAML"),
        (b"a: &x {b: &y {<<: *x}}\n", "a value that holds itself at line 1; expected valid YAML"),
        (b"seed: 0x" + b"f" * 5000, "a number of 5,002 characters at line 1; expected valid YAML"),
        (b"seed: 1" + b":59" * 5000, "a number of 15,001 characters at line 1; expected valid"),
        (b"".join(b"k%d: 1\n" % i for i in range(2_000)), "k17, k18 and 1,981 more"),
        (_LAUGHS, "more than 50,000 values at line 1; expected valid YAML"),
        (_MERGED, "more than 50,000 values at line 1; expected valid YAML"),
        (b"a: *nowhere\n", "undefined alias"),
        (b"a: !!python/object/apply:os.system [ls]\n", "could not determine a constructor"),
        (b"a: 2026-02-31\n", "expected valid YAML"),
        (b"? [1]\n: 2\n", "unhashable key"),
        (b"a: \x01\n", "expected valid YAML"),
        (b"\xff\xfe\xfa", "not UTF-8 text; expected a recipe in YAML"),
        (b"seed: " + b"[" * 5000, "values nested too deeply; expected valid YAML"),
        (b"seed: " + b"1" * 300_000, "expected a recipe of at most 131,072"),
        (b"--- 1\n--- 2\n", "found another document at line 2"),
    ],
)
def test_a_file_that_is_no_recipe_is_one_line(tmp_path, content, line):
    path = tmp_path / FILE
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        load_recipe(path)
    assert line in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("", "a folder; expected a recipe in YAML"),
        ("none.yaml", "No such file or directory; expected a recipe in YAML"),
        ("x" * 300 + ".yaml", "File name too long; expected a recipe in YAML"),
    ],
)
def test_a_path_that_is_no_recipe_is_one_line(tmp_path, name, line):
    with pytest.raises(UserError) as caught:
        load_recipe(tmp_path / name)
    assert line in str(caught.value)


def test_a_pipe_in_place_of_a_recipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / FILE)
    with pytest.raises(UserError, match="a named pipe; expected a recipe in YAML, in a file"):
        load_recipe(tmp_path / FILE)


@pytest.mark.parametrize(
    "override",
    ["seed", "=1", ".=1", "a..b=1", "seed.x=1", "rounds.x.y=2", "", " = "],
)
def test_an_override_that_is_none_is_one_line(tmp_path, override):
    with pytest.raises(UserError) as caught:
        load_recipe(_write(tmp_path, "seed", "0"), ["rounds=1", override])
    assert "command line: " in str(caught.value)
    assert "\n" not in str(caught.value)
