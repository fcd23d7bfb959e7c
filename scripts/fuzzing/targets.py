"""What is fuzzed: sound inputs of each reader, and the call that may refuse a damaged one."""

import gzip
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from fuzzing.mutations import grown, mutate
from fuzzing.tables import random_table

ROOT = Path(__file__).resolve().parents[2]
MODEL = ROOT / "recipes" / "tiny_arith" / "model"


class Seed(NamedTuple):
    """A sound file."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """One entry point that reads what users, tools or models wrote.

    Attributes:
        name: as the command line calls it.
        seeds: makes the sound files, once.
        read: reads a damaged one; a UserError is a good answer.
        columns: of Parquet files that are made from nothing; none: there are no such files.
    """

    name: str
    seeds: Callable[[], Sequence[Seed]]
    read: Callable[[Path, Random], object]
    columns: tuple[str, ...] = ()

    def write(self, rng: Random, folder: Path) -> Path:
        """A damaged file in a folder; one in fifty is grown to a megabyte."""
        if self.columns and rng.random() < 0.15:
            path = folder / "table.parquet"
            path.write_bytes(random_table(rng, self.columns))
            return path
        seed = rng.choice(_seeds(self.name))
        data = mutate(rng, seed.data) if rng.random() < 0.95 else seed.data
        if rng.random() < 0.02:
            data = grown(rng, data)
        if rng.random() < 0.03:
            data = gzip.compress(data)
        path = folder / seed.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path


@cache
def _seeds(name: str) -> tuple[Seed, ...]:
    return tuple(TARGETS[name].seeds())


_ALIASES = b"""\
a: &a [x, y]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a]
c: &c {<<: {d: *b, e: *b}, f: [*b, *b, *b, *b, *b, *b]}
task: {name: *c, train: {<<: [*c, *c], path: *c}}
"""


def _recipes() -> list[Seed]:
    shipped = sorted((ROOT / "recipes").glob("*.yaml"))
    return [
        *(Seed("recipe.yaml", path.read_bytes()) for path in shipped),
        Seed("recipe.yaml", _ALIASES),
    ]


def _read_recipe(path: Path, rng: Random) -> None:
    from iwsi.recipe.load import load_recipe

    overrides = []
    if rng.random() < 0.3:
        key = rng.choice(("seed", "filter.keep", "task", "train.lora", "sample.n", "forecast", ""))
        value = mutate(rng, b"{a: [1, 2], b: null}").decode("utf-8", "replace")
        overrides = [f"{key}={value}"]
    load_recipe(path, overrides)


_ROWS = [{"question": f"Gr\u00fcn {i}?", "answer": f"{i}", "steps": [i, str(i)]} for i in range(6)]


def _rows() -> list[Seed]:
    lines = "\n".join(json.dumps(row) for row in _ROWS).encode()
    nested = {"data": [{"title": "t", "paragraphs": [{"qas": _ROWS}]}], "version": 1}
    table = b"question,answer\n" + b"".join(b'"Is it %d, then?",%d\n' % (i, i) for i in range(6))
    return [
        Seed("rows.jsonl", lines),
        Seed("rows.json", json.dumps(_ROWS, indent=1).encode()),
        Seed("nested.json", json.dumps(nested).encode()),
        Seed("rows.csv", table),
        Seed("rows.tsv", table.replace(b",", b"\t")),
        Seed("rows.txt", table.replace(b",", b";")),
    ]


def _read_rows(path: Path, rng: Random) -> None:
    from iwsi.tasks.rows import Source, read_rows, read_table

    records = rng.choice((None, None, None, "*", "question", "data[].paragraphs[].qas[]", "[]["))
    encoding = rng.choice((None, None, None, "cp1252", "utf-16", "nonsense", "punycode"))
    columns = rng.choice((None, None, None, ("question", "answer"), ("a", "a"), ("",)))
    read = rng.choice((read_rows, read_table))
    read(Source(path, "task.test", records, encoding, columns))


def _logs() -> list[Seed]:
    import sys

    sys.path.insert(0, str(ROOT / "tests"))  # the shapes of all tools' files are kept there
    import tempfile

    from log_shapes import SHAPES, write

    with tempfile.TemporaryDirectory() as folder:
        files = [write(Path(folder) / str(n), shape) for n, shape in enumerate(SHAPES)]
        return [Seed(shape.name, f.read_bytes()) for shape, f in zip(SHAPES, files, strict=True)]


def _read_log(path: Path, rng: Random) -> None:
    from eval_predict.data.readers import read

    read(path if rng.random() < 0.8 else path.parent)


@cache
def _history() -> Any:
    import numpy as np

    from eval_predict.data.matrix import ScoreMatrix

    scores = np.random.default_rng(0).integers(0, 2, (5, 6)).astype(float)
    items = tuple(f"q{i}" for i in range(6))
    return ScoreMatrix(tuple(f"m{i}" for i in range(5)), items, scores)


def _observed() -> list[Seed]:
    rows = [
        {"item": f"q{i}", "score": i % 2, "probability": 0.5, "stage": 0, "order": i, "drawn": 4}
        for i in range(4)
    ]
    lines = "\n".join(map(json.dumps, rows)).encode()
    table = "item,score,probability\n" + "".join(f"q{i},{i % 2},0.5\n" for i in range(4))
    return [
        Seed("items.jsonl", lines),
        Seed("items.json", json.dumps({"items": rows, "seed": 1}).encode()),
        Seed("items.csv", table.encode()),
    ]


def _read_observed(path: Path, rng: Random) -> None:
    from eval_predict.data.observed_files import read_observed

    read_observed(path, _history(), model=rng.choice((None, None, "m")))


_TEXTS = (
    "Add 3 and 4: 3 + 4 = 7. The answer is 7.",
    r"So $x = \frac{1}{2}$ and therefore \boxed{\frac{1}{2}}.",
    "The total is $1,200.50.\n#### 1200.50",
    "<think>Is it (B)? No.</think>\nThe correct option is (C) because of A and B.",
    "Yes, since it holds. Final answer: yes",
    "**Answer:** 3/4 cup\n\nQ: What next?\nA: 5",
    "Thus 2^{10} - \\sqrt[3]{27} = 1021 units; \\[ 1021 \\]",
    '{"answer": "12", "why": "3*4"}',
    "no maybe yes; the label is maybe",
    "It takes 2 hours and 30 minutes, i.e. 150 minutes (50% more than 100).",
)


def _texts() -> list[Seed]:
    return [Seed(f"text-{i}.txt", text.encode()) for i, text in enumerate(_TEXTS)]


def _read_answer(path: Path, rng: Random) -> None:
    from iwsi.recipe.answer import LabelAnswer
    from iwsi.tasks.answers import reader_of

    labels = LabelAnswer(kind="label", of=("yes", "no", "maybe"))
    reader = reader_of(rng.choice(("number", "choice", "yes_no", "math", "text", labels)))
    text = path.read_bytes().decode("utf-8", rng.choice(("replace", "surrogateescape")))
    answer = reader.extract(text)
    if answer is not None and reader.canonical(answer) is None:
        raise AssertionError(f"{answer!r} was read and is no canonical answer")


def _candidates() -> list[Seed]:
    rows = [
        {"question": f"q{i % 3}", "answer": _TEXTS[i % len(_TEXTS)], "finish_reason": "stop"}
        for i in range(9)
    ]
    table = "question,answer\n" + "".join(
        f'q{i % 2},"It is {i % 3}, so {i % 3}."\n' for i in range(8)
    )
    return [
        Seed("rows.jsonl", "\n".join(map(json.dumps, rows)).encode()),
        Seed("rows.json", json.dumps(rows).encode()),
        Seed("rows.csv", table.encode()),
    ]


def _out(path: Path, rng: Random) -> Path:
    return path.parent / f"out{rng.choice(('.csv', '.jsonl', '.parquet'))}"


def _vote(path: Path, rng: Random) -> None:
    from iwsi.tables.vote import vote_file

    kind = rng.choice(("number", "choice", "yes_no", "math", "text"))
    vote_file(path, _out(path, rng), kind=kind, tie=rng.choice(("drop", "first")))


def _answers(path: Path, rng: Random) -> None:
    from iwsi.tables.answers import answer_rows

    column = rng.choice(("answer", "answer", "question", "steps", "a.b"))
    answer_rows("tiny_arith", path, column, _out(path, rng))


def _weigh(path: Path, rng: Random) -> None:
    from iwsi.tables.weigh import Scoring, weigh_file

    validation = path.with_name("validation.jsonl")
    validation.write_text('{"question": "3 + 4", "answer": "7"}\n')
    prompt = rng.choice(
        ("{{ question }}", "{{ row.question }}", "{{ answer }}{{ question }}", "{{")
    )
    scoring = Scoring(str(MODEL), None, prompt, " ", "sequence", 2048)
    weigh_file(scoring, validation, path, _out(path, rng), lambda done, total: None)


def _templates() -> list[Seed]:
    texts = (
        "Q: {{ question }}\nA:",
        "{% for s in steps %}{{ loop.index }}. {{ s }}{% endfor %}{{ row['answer'] | trim }}",
        "{% if answer is defined %}{{ answer | default('x') | replace('a', 'b') }}{% endif %}",
        "{% set x = ['A', 'B'] %}{{ x[0] ~ question | upper }}{% macro m(a) %}{% endmacro %}",
        "{{ (question | list)[:3] | join('/') }}{{ steps | length * 2 ** 3 }}",
    )
    return [Seed(f"template-{i}.txt", text.encode()) for i, text in enumerate(texts)]


def _render(path: Path, rng: Random) -> None:
    from iwsi.tasks.templates import render

    template = path.read_bytes().decode("utf-8", "replace")
    render(template, _ROWS[:2], field="task.prompt", where="rows.jsonl")


_TENSORS = {
    "__metadata__": {"format": "pt"},
    "a": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]},
    "b": {"dtype": "BF16", "shape": [4], "data_offsets": [24, 32]},
}


def _headers() -> list[Seed]:
    others = [
        {"a": {"dtype": dtype, "shape": shape, "data_offsets": [0, 32]}}
        for dtype, shape in (("F64", [4]), ("U8", [32]), ("F16", [2, 2, 4]), ("I64", [4, 1]))
    ]
    return [Seed("header.json", json.dumps(header).encode()) for header in (_TENSORS, *others)]


def _read_weights(path: Path, rng: Random) -> None:
    from safetensors import safe_open

    from iwsi.model_files import safetensors_header

    header, file = path.read_bytes(), path.with_name("model.safetensors")
    length = len(header) if rng.random() < 0.9 else rng.choice((0, 7, 2**63, 2**64 - 1))
    file.write_bytes(length.to_bytes(8, "little") + header + b"\0" * rng.choice((32, 32, 31, 33)))
    names = safetensors_header(file).keys()
    with safe_open(str(file), framework="numpy") as weights:  # what is accepted can be loaded
        if names != set(weights.keys()):
            raise AssertionError("other tensors than the library finds")


TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Target("recipe", _recipes, _read_recipe),
        Target("weights", _headers, _read_weights),
        Target("rows", _rows, _read_rows, ("question", "answer")),
        Target("logs", _logs, _read_log, ("model", "item", "score")),
        Target("observed", _observed, _read_observed, ("item", "score", "probability")),
        Target("answer", _texts, _read_answer),
        Target("templates", _templates, _render),
        Target("vote", _candidates, _vote, ("question", "answer", "finish_reason")),
        Target("answers", _candidates, _answers, ("question", "answer")),
        Target("weigh", _candidates, _weigh, ("question", "answer")),
    )
}
