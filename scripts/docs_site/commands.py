"""Pages about the command lines and the keys of a recipe, from the commands and the schema."""

from collections.abc import Iterator
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

    lines = ["| key | default | what it says |", "|---|---|---|"]
    for row in recipe_keys():
        lines.append(f"| `{row.key}` | `{_cell(row.default)}` | {_cell(row.about)} |")
    table = "\n".join(lines)
    return f"# Keys of a recipe\n\n`iwsi recipes --keys` prints the same.\n\n{table}\n"


def _command(name: str, command: Any) -> Iterator[str]:
    text, _, example = command.help.partition("\n\nExample: ")
    yield f"### {name}"
    yield text
    if example:
        yield f"```sh\n{example}\n```"
    rows = [
        f"| `{' '.join(option.opts)}` | {_cell(option.help or '')} |"
        for option in command.params
        if option.param_type_name == "option" and option.name not in ("as_json", "debug", "help")
    ]
    if rows:
        yield "\n".join(["| option | what it does |", "|---|---|", *rows])


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
