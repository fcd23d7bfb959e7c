"""How commands show their help: an example under what they do, and options in groups."""

import inspect
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand

# By an option's name in Python; the others stay under "Options".
_GROUPS = {
    "Output": ("as_json", "debug", "quiet", "verbose", "out", "form", "plot", "force"),
    "How files are read": (
        *("metric", "task", "filter_name", "split", "epoch", "judge", "item", "match"),
        *("records", "encoding", "columns"),
    ),
    "Statistics": ("level", "seed", "cluster", "power", "paired", "repeats", "seeds"),
    "What goes into the folder": ("merge", "gguf", "data", "samples"),
    "The run": ("run_dir", "until", "yes", "donors", "max_hours"),
}
_GROUP_OF = {option: group for group, options in _GROUPS.items() for option in options}


class GroupedCommand(TyperCommand):
    """A command whose help shows its options in groups."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for parameter in self.params:
            if parameter.param_type_name == "option" and parameter.name in _GROUP_OF:
                parameter.rich_help_panel = _GROUP_OF[parameter.name]  # type: ignore[attr-defined]


def add_command(
    app: typer.Typer, function: Callable[..., Any], example: str, name: str | None = None
) -> None:
    """Register a command; its help is its docstring, and an example.

    Args:
        app: which command line.
        function: what the command does; its docstring begins with one line for the list.
        example: a whole command that works on a user's own files.
        name: None: the function's.
    """
    text = inspect.cleandoc(function.__doc__ or "")
    app.command(name, cls=GroupedCommand, help=f"{text}\n\nExample: {example}")(function)
