"""Commands over a user's own rows."""

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from iwsi.commands.arguments import Columns, Encoding, Out, Records, parse_kind
from iwsi.commands.terminal import AsJson, Debug, errors, print_counts, print_json
from iwsi.recipe import LossOver


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Rows: JSONL, CSV, Parquet …")],
    out: Annotated[Path, typer.Option(help="Where the recipe goes.")] = Path("recipe.yaml"),
    model: Annotated[
        str, typer.Option(help="The model to improve: a folder or hub id.")
    ] = "Qwen/Qwen2.5-1.5B-Instruct",
    prompt: Annotated[str | None, typer.Option(help="The prompt's template.")] = None,
    gold: Annotated[str | None, typer.Option(help="The gold answer's template.")] = None,
    rationale: Annotated[str | None, typer.Option(help="The rationale's template.")] = None,
    answer: Annotated[
        str | None, typer.Option(help="The answers' kind, such as number or label:yes,no,maybe.")
    ] = None,
    records: Records = None,
    encoding: Encoding = None,
    columns: Columns = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file of that name.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Write a recipe for your own file of rows; proposes everything that no option sets."""
    with errors(as_json, debug):
        from iwsi.tasks.proposal import Given
        from iwsi.tasks.proposal.new_recipe import init_recipe

        names = tuple(columns.split(",")) if columns else None
        kind = None if answer is None else parse_kind(answer)
        given = Given(records, encoding, names, prompt, gold, rationale, kind)
        made = init_recipe(file, out, model, given, force=force)
        if as_json:
            print_json(made)
            return
        for name in ("prompt", "gold", "rationale", "answer"):
            typer.echo(f"{name + ':':<11}{getattr(made, name)!r}")
        for note in made.notes:
            typer.echo(f"note: {note}")
        typer.echo(f"{made.out}: check it, then run `iwsi validate {made.out}`")


def vote(
    candidates: Annotated[
        Path, typer.Argument(metavar="CANDIDATES", help="Rows: question, answer (a text).")
    ],
    out: Out,
    answer: Annotated[
        str,
        typer.Option(help="The answers' kind, such as math, label:yes,no,maybe or module:read."),
    ] = "number",
    tie: Annotated[
        Literal["drop", "first"],
        typer.Option(help="drop: a tie has no majority; first: the first answer wins."),
    ] = "drop",
    min_votes: Annotated[
        int, typer.Option(min=1, help="Fewest agreeing candidates that make a majority.")
    ] = 1,
    records: Records = None,
    encoding: Encoding = None,
    columns: Columns = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Self-consistency over your own file: extracted answer, majority, vote share, agreement."""
    with errors(as_json, debug):
        from iwsi.tables.files import Reading
        from iwsi.tables.vote import vote_file

        kind = parse_kind(answer)
        reading = Reading(records, encoding, columns)
        counts = vote_file(
            candidates, out, kind=kind, tie=tie, min_votes=min_votes, reading=reading
        )
        print_counts(counts, out, as_json)


def weigh(
    model: Annotated[str, typer.Option(help="A model folder or hub id.")],
    validation: Annotated[Path, typer.Option(help="Labelled rows: question, answer (a text).")],
    candidates: Annotated[Path, typer.Option(help="Rows: question, answer (a text).")],
    out: Out,
    adapter: Annotated[Path | None, typer.Option(help="A PEFT adapter on the model.")] = None,
    prompt: Annotated[
        str, typer.Option(help=r"Jinja template of a row's prompt; \n is a new line.")
    ] = "{{ question }}",
    separator: Annotated[
        str, typer.Option(help=r"Between prompt and answer; \n is a new line.")
    ] = " ",
    loss_over: Annotated[LossOver, typer.Option(help="Tokens in the mean loss.")] = "sequence",
    batch_tokens: Annotated[int, typer.Option(min=1, help="Most tokens scored at once.")] = 16_384,
    records: Records = None,
    encoding: Encoding = None,
    columns: Columns = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """The DS weight of your own candidates: their columns and nll, ds_weight."""
    with errors(as_json, debug):
        from iwsi.commands.progress import RunDisplay
        from iwsi.tables.files import Reading
        from iwsi.tables.weigh import Scoring, weigh_file

        prompt, separator = (text.replace(r"\n", "\n") for text in (prompt, separator))
        scoring = Scoring(model, adapter, prompt, separator, loss_over, batch_tokens)
        with RunDisplay(Console(stderr=True)) as display:
            display.begin("weigh")
            reading = Reading(records, encoding, columns)
            counts = weigh_file(scoring, validation, candidates, out, display.progress, reading)
        print_counts(counts, out, as_json)


def answers(
    task: Annotated[str, typer.Argument(help="A recipe that comes with iwsi, or a recipe file.")],
    file: Annotated[Path, typer.Argument(help="Rows: .parquet, .csv or .jsonl.")],
    text: Annotated[str, typer.Option(metavar="COLUMN", help="The column of model outputs.")],
    out: Annotated[
        Path | None, typer.Option(help="Where row, answer go: .parquet, .jsonl or .csv.")
    ] = None,
    records: Records = None,
    encoding: Encoding = None,
    columns: Columns = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """The canonical answer in each row of your own file; without --out as CSV on stdout."""
    with errors(as_json, debug):
        from iwsi.tables.answers import answer_rows
        from iwsi.tables.files import Reading

        table = answer_rows(task, file, text, out, Reading(records, encoding, columns))
        answered = table.num_rows - table["answer"].null_count
        counts = {"rows": table.num_rows, "answered": answered}
        if out is not None:
            print_counts(counts, out, as_json)
        elif as_json:
            print_json({**counts, "answers": table["answer"].to_pylist()})
        else:
            pairs = zip(table["row"].to_pylist(), table["answer"].to_pylist(), strict=True)
            typer.echo(
                "\n".join(["row,answer", *(f"{row},{answer or ''}" for row, answer in pairs)])
            )
