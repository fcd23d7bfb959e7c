"""A file as a tool writes it, beside what reading it should give."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from eval_predict import UserError
from eval_predict.data.readers import read

DATE = "2026-02-03T04-05-06.123456"
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"


class Shape(NamedTuple):
    """A file, and its right reading: the models' means, or what the refusal says."""

    name: str
    content: Any
    means: dict[str, float] = {}  # noqa: RUF012 (never changed)
    items: int = 0
    says: str = ""
    metric: str = ""


def write(folder: Path, shape: Shape) -> Path:
    """Write a shape under its name: text as it is, lists of lines as JSONL, the rest as JSON."""
    file = folder / shape.name
    file.parent.mkdir(parents=True, exist_ok=True)
    content = shape.content
    if callable(content):
        content(file)
    elif isinstance(content, bytes):
        file.write_bytes(content)
    elif isinstance(content, str):
        file.write_text(content, encoding="utf-8")
    elif file.suffix in (".jsonl", ".jsonlines"):
        file.write_text("".join(json.dumps(line) + "\n" for line in content), encoding="utf-8")
    else:
        file.write_text(json.dumps(content, indent=1), encoding="utf-8")
    return file


def check(folder: Path, shape: Shape) -> None:
    """Read a shape; it gives what was derived by hand, or is refused in one line that says why."""
    if shape.says:
        with pytest.raises(UserError) as caught:
            read(write(folder, shape))
        line = str(caught.value)
        assert shape.says in line
        assert "\n" not in line
        return
    reading = read(write(folder, shape))
    means = dict(zip(reading.models, reading.matrix.mean_M, strict=True))
    assert means == pytest.approx(shape.means)
    assert len(reading.items) == shape.items
    assert shape.metric in ("", reading.metric)
