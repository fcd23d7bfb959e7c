"""How the commands hand over the items that were selected."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import typer

from eval_predict.commands.reading import say
from eval_predict.commands.shared import print_json
from eval_predict.data.draw import DrawnItem
from eval_predict.data.item_lists import format_items
from eval_predict.data.readers import Reading
from eval_predict.errors import UserError


@dataclass(frozen=True, slots=True)
class DrawReport:
    """A draw, and what it came from.

    Attributes:
        design: the method whose design drew.
        seed: of the draw.
        budget: items that were asked for.
        read: what was read, in one line.
        items: the drawn items.
    """

    design: str
    seed: int
    budget: int
    read: str
    items: tuple[DrawnItem, ...]


class Delivery(NamedTuple):
    """Where a selection goes: a file, a tool's form on stdout, or one JSON object."""

    out: Path | None
    form: str | None
    as_json: bool


def deliver(
    reading: Reading,
    drawn: DrawReport,
    notes: list[str],
    to: Delivery,
) -> None:
    """Write the items to their file and print them; what was read goes to stderr.

    Raises:
        UserError: (a ValueError) on a file of another suffix or that cannot be written, and
            names that the tool cannot take.
    """
    text = _formatted(reading, drawn, to.form) if to.form else None
    if to.out:
        _write(drawn, to.out)
    if to.as_json:
        print_json({**asdict(drawn), "warnings": notes})
    elif text is not None:
        typer.echo(text)
    elif to.out:
        typer.echo(f"{len(drawn.items)} items drawn by {drawn.design}: {to.out}")
    else:
        typer.echo("item\tprobability\tstage")
        for row in drawn.items:
            shown = "" if row.probability is None else f"{row.probability:.6g}"
            typer.echo(f"{row.item}\t{shown}\t{row.stage}")
    if not to.as_json:
        say(reading)
        for note in notes:
            typer.echo(note, err=True)


def _formatted(reading: Reading, drawn: DrawReport, form: str) -> str:
    task_of = dict(zip(reading.items, reading.tasks or [""] * len(reading.items), strict=True))
    names = [row.item for row in drawn.items]
    return format_items(form, names, [task_of[name] for name in names])


def _write(drawn: DrawReport, out: Path) -> None:
    if out.suffix not in (".json", ".jsonl"):
        raise UserError(where=out, got=f'suffix "{out.suffix}"', expected="one of .json, .jsonl")
    if out.suffix == ".jsonl":
        rows = (json.dumps(asdict(row), ensure_ascii=False) for row in drawn.items)
        text = "".join(f"{row}\n" for row in rows)
    else:
        text = json.dumps(asdict(drawn), ensure_ascii=False, indent=1) + "\n"
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(where=out, got=error, expected="a file that can be written") from error
