"""How the commands hand over the items that were selected."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import typer

from eval_predict.commands.reading import say
from eval_predict.commands.shared import print_json
from eval_predict.data.item_lists import format_items
from eval_predict.data.readers import Reading
from eval_predict.errors import UserError


class Delivery(NamedTuple):
    """Where a selection goes: a file, a tool's form on stdout, or one JSON object."""

    out: Path | None
    form: str | None
    as_json: bool


def deliver(
    reading: Reading,
    record: dict[str, Any],
    items: list[dict[str, Any]],
    notes: list[str],
    to: Delivery,
) -> None:
    """Write the items to their file and print them; what was read goes to stderr.

    Raises:
        UserError: (a ValueError) on a file of another suffix or that cannot be written, and
            names that the tool cannot take.
    """
    whole = {**record, "items": items}
    text = _formatted(reading, items, to.form) if to.form else None
    if to.out:
        _write(whole, items, to.out)
    if to.as_json:
        print_json({**whole, "warnings": notes})
    elif text is not None:
        typer.echo(text)
    elif to.out:
        typer.echo(f"{len(items)} items drawn by {record['design']}: {to.out}")
    else:
        typer.echo("item\tprobability\tstage")
        for item in items:
            probability = item["probability"]
            shown = "" if probability is None else f"{probability:.6g}"
            typer.echo(f"{item['item']}\t{shown}\t{item['stage']}")
    if not to.as_json:
        say(reading)
        for note in notes:
            typer.echo(note, err=True)


def _formatted(reading: Reading, items: list[dict[str, Any]], form: str) -> str:
    task_of = dict(zip(reading.items, reading.tasks or [""] * len(reading.items), strict=True))
    names = [item["item"] for item in items]
    return format_items(form, names, [task_of[name] for name in names])


def _write(whole: dict[str, Any], items: list[dict[str, Any]], out: Path) -> None:
    if out.suffix not in (".json", ".jsonl"):
        raise UserError(where=out, got=f'suffix "{out.suffix}"', expected="one of .json, .jsonl")
    if out.suffix == ".jsonl":
        text = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)
    else:
        text = json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(where=out, got=error, expected="a file that can be written") from error
