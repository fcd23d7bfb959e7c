"""Pages about the command lines and the keys of a recipe, from the commands and the schema."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any


def commands_page() -> str:
    """Every command with its help, example and options."""
    import typer

    import eval_predict.cli
    import iwsi.cli

    parts = ["# Commands", "Every command takes `--json`, `--debug` and `--help`."]
    for program, app in (("iwsi", iwsi.cli.app), ("eval-predict", eval_predict.cli.app)):
        parts.append(f"## {program}")
        for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
            parts += _command(f"{program} {name}", command)
    return "\n\n".join(parts) + "\n"


def keys_page() -> str:
    """Every key of a recipe with its default."""
    from iwsi.recipe.shipped import recipe_keys

    parts = ["# Keys of a recipe", "`iwsi recipes --keys` prints the same."]
    for section, rows in groupby(recipe_keys(), key=lambda row: row.key.partition(".")[0]):
        parts.append(f"## {section}")
        lines = [f"| `{row.key}` | `{_cell(row.default)}` | {_cell(row.about)} |" for row in rows]
        parts.append("\n".join(["| key | default | what it says |", "|---|---|---|", *lines]))
    return "\n\n".join(parts) + "\n"


def _command(name: str, command: Any) -> Iterator[str]:
    text, _, example = command.help.partition("\n\nExample: ")
    yield f"### {name}"
    yield text
    if example:
        yield f"```sh\n{example}\n```"
    rows = [
        f"| `{_shown(given)}` | {_cell(given.help or '')} |"
        for given in command.params
        if given.name not in ("as_json", "debug", "help")
    ]
    if rows:
        yield "\n".join(["| argument or option | what it is |", "|---|---|", *rows])


def _shown(given: Any) -> str:
    """An option's names, or what an argument is called in the command's usage."""
    if given.param_type_name == "option":
        return " ".join(given.opts)
    return str(given.metavar or given.name.upper())


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
