"""Arguments that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

RecipePath = Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe in YAML.")]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KEY=VALUE]...", help="Overrides, such as filter.keep=0.6 seed=1."),
]
Records = Annotated[
    str | None, typer.Option(help="Where a nested file has its records, as data[].qas[].")
]
Encoding = Annotated[str | None, typer.Option(help="The encoding of text that is not UTF-8.")]
Columns = Annotated[
    str | None, typer.Option(help="The columns' names, where the file has no header line: a,b.")
]
Out = Annotated[Path, typer.Option(help="Where the result goes: .parquet, .jsonl or .csv.")]
