"""The commands below `iwsi recipes`: list what ships, copy one, list every key."""

from pathlib import Path
from typing import Annotated

import typer

from iwsi.commands.terminal import AsJson, Debug, errors, print_json

recipes_app = typer.Typer(
    help="The recipes that come with iwsi, or the keys that recipes have.\n\n"
    "Example: iwsi recipes cp gsm8k mine.yaml",
    invoke_without_command=True,
)


@recipes_app.callback()
def _recipes(
    context: typer.Context,
    keys: Annotated[bool, typer.Option("--keys", help="List every key of a recipe.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    if context.invoked_subcommand is None:
        with errors(as_json, debug):
            if keys:
                _print_keys(as_json)
            else:
                _print_recipes(as_json)


@recipes_app.command()
def ls(as_json: AsJson = False, debug: Debug = False) -> None:
    """The recipes that come with iwsi."""
    with errors(as_json, debug):
        _print_recipes(as_json)


@recipes_app.command()
def cp(
    name: Annotated[str, typer.Argument(help="A recipe's name, as `iwsi recipes ls` has it.")],
    out: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes.")],
    force: Annotated[bool, typer.Option("--force", help="Write over a file of that name.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """A copy of a recipe to make your own, with its comments."""
    with errors(as_json, debug):
        from iwsi.recipe.shipped import copy_recipe

        copy = copy_recipe(name, out, force=force)
        if as_json:
            print_json({"name": name, "out": str(copy)})
        else:
            typer.echo(f"{name} -> {copy}")


def _print_recipes(as_json: bool) -> None:
    from iwsi.recipe.shipped import shipped_recipes

    found = shipped_recipes()
    if as_json:
        rows = [{"name": r.name, "path": str(r.path), "about": r.about} for r in found]
        print_json({"recipes": rows})
        return
    for shipped in found:
        typer.echo(f"{shipped.name}  {shipped.path}\n    {shipped.about}")


def _print_keys(as_json: bool) -> None:
    from iwsi.recipe.shipped import recipe_keys

    rows = recipe_keys()
    if as_json:
        print_json({"keys": [row._asdict() for row in rows]})
    else:
        typer.echo("\n".join(f"{k.key} = {k.default}\n    {k.about}" for k in rows))
