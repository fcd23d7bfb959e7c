"""The options with which every command reads scores, and what it says of what was read."""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from eval_predict.data.readers import Reading, ReadOptions

Metric = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[TASK=]METRIC",
        help="Metric, where files hold several: acc; exact_match,strict-match; gsm8k=exact_match."
        " Default: the tool's first one, which the output names. May be given several times.",
    ),
]
Task = Annotated[
    list[str] | None,
    typer.Option(help="Tasks to take, by name or pattern (mmlu_*); default: all."),
]
Filter = Annotated[str | None, typer.Option("--filter", help="lm-evaluation-harness's filter.")]
Split = Annotated[str | None, typer.Option(help="HELM's split, or a table's; default: all.")]
Epoch = Annotated[
    str | None,
    typer.Option(help="One epoch, trial or run; default: the mean of an item's repeats."),
]
Judge = Annotated[str | None, typer.Option(help="Whose verdicts; default: the first judge's.")]
Model = Annotated[str | None, typer.Option(help="The model's name, for files without one.")]
Item = Annotated[
    str | None,
    typer.Option(help="A table's columns that name an item (prompt_id,author); row: row numbers."),
]
Match = Annotated[
    str | None,
    typer.Option(
        help="id: documents with one id are the same item although their text differs (GPQA)."
    ),
]


Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="Column of the items' passage or template: items that share one are not independent.",
    ),
]


Runs = Annotated[
    str | None,
    typer.Option(
        metavar="all|SETTING|/PATTERN/",
        help="Keep the runs of a model, and count their spread: all (seeds and dates), a setting or"
        " column (seed), or a pattern in the models' names (/-seed[0-9]+/).",
    ),
]


class _Given(dict[str, Any]):
    """The values of the options that were added to a command."""

    def options(self) -> ReadOptions:
        item = self.get("item")
        return ReadOptions(
            metrics=tuple(self.get("metric") or ()),
            tasks=tuple(self.get("task") or ()),
            filter=self.get("filter_name"),
            split=self.get("split"),
            epoch=self.get("epoch"),
            judge=self.get("judge"),
            model=self.get("model"),
            item=tuple(name.strip() for name in item.split(",")) if item else (),
            match=self.get("match"),
        )


_ADDED = {
    "metric": Metric,
    "task": Task,
    "filter_name": Filter,
    "split": Split,
    "epoch": Epoch,
    "judge": Judge,
    "model": Model,
    "item": Item,
    "match": Match,
}


def reads_scores(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of `ReadOptions` to a command that takes them as `options`.

    An option that the command has itself (its own `--model`, say) is left to it.
    """
    signature = inspect.signature(command, eval_str=True)
    command_parameters = [
        parameter for parameter in signature.parameters.values() if parameter.name != "options"
    ]
    taken = {parameter.name for parameter in command_parameters}
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in _ADDED.items()
        if name not in taken
    ]
    names = {parameter.name for parameter in added}

    @functools.wraps(command)
    def with_options(*values: Any, **given: Any) -> None:
        given.update(
            zip((parameter.name for parameter in command_parameters), values, strict=False)
        )
        given_options = _Given((name, given.pop(name)) for name in list(given) if name in names)
        command(**given, options=given_options.options())

    parameters = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in command_parameters
    ] + added
    with_options.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {
        parameter.name: parameter.annotation for parameter in parameters
    }
    return with_options


def say(reading: Reading) -> None:
    """Print what was read, the choices and the warnings: one line each, on stderr."""
    typer.echo(f"read: {reading.describe()}", err=True)
    for choice in reading.choices:
        typer.echo(f"chosen: {choice}", err=True)
    for note in reading.notes:
        typer.echo(f"note: {' '.join(note.split())}", err=True)
