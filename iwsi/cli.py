"""The command line of iwsi."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console

from eval_predict.cli import run_app
from eval_predict.errors import UserError
from iwsi import __version__
from iwsi.commands.recipes import recipes_app
from iwsi.commands.terminal import AsJson, Debug
from iwsi.commands.terminal import errors as _errors
from iwsi.commands.terminal import print_json as _print_json
from iwsi.recipe import ForecastMethod, LossOver
from iwsi.recipe.answer import AnswerKind
from iwsi.recipe.load import load_recipe

app = typer.Typer(
    help="Improve a language model from its own answers, round by round.",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

RecipePath = Annotated[Path, typer.Argument(metavar="RECIPE", help="A recipe in YAML.")]
Overrides = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KEY=VALUE]...", help="Overrides, such as filter.keep=0.6 seed=1."),
]
Out = Annotated[Path, typer.Option(help="Where the result goes: .parquet, .jsonl or .csv.")]


def main() -> None:
    """Run the command line (the console entry point)."""
    run_app(app)


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    if version:
        typer.echo(__version__)


@app.command()
def run(
    recipe: Annotated[
        Path, typer.Argument(metavar="RECIPE|RUN", help="A recipe in YAML, or a run to go on with.")
    ],
    overrides: Overrides = None,
    run_dir: Annotated[
        Path | None, typer.Option(help="Where the run is kept; default: runs/<recipe's name>.")
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(help="Stop after this stage: the next select, or such as 2/train."),
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do again what depends on a change; old results go.")
    ] = False,
    donors: Annotated[
        list[Path] | None,
        typer.Option("--from", metavar="RUN", help="Take over what this run has done alike."),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Sample, vote, weigh, select, train and test, round by round; goes on where it stopped.

    Example: iwsi run recipes/tiny_arith.yaml, then iwsi run runs/tiny_arith rounds=3
    """
    with _errors(as_json, debug):
        from iwsi.commands.display import print_summary
        from iwsi.commands.progress import RunDisplay
        from iwsi.rounds.loop import run_recipe
        from iwsi.rounds.run_dir import run_target

        source, root = run_target(recipe, run_dir)
        resolved = load_recipe(source, overrides or [])
        console = _console(stderr=as_json)
        with RunDisplay(console) as display:
            summary = run_recipe(
                resolved, root, display, until=until, overwrite=yes, donors=donors or []
            )
        if as_json:
            _print_json(summary)
        else:
            print_summary(console, summary)
            typer.echo(f"run directory: {root}")
        _report(root)


@app.command()
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
        str | None, typer.Option(help="The answers' kind, such as number, or labels: yes,no,maybe.")
    ] = None,
    records: Annotated[
        str | None, typer.Option(help="Where a nested file has its records, as data[].qas[].")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="The file's encoding.")] = None,
    columns: Annotated[
        str | None, typer.Option(help="The columns' names, where the file has no header line: a,b.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file of that name.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """A recipe for your own file of rows; proposes what no option names.

    Example: iwsi init rows.jsonl --out mine.yaml
    """
    with _errors(as_json, debug):
        from iwsi.commands.init import init_recipe, parse_kind
        from iwsi.tasks.proposal import Given

        names = tuple(columns.split(",")) if columns else None
        kind = None if answer is None else parse_kind(answer)
        given = Given(records, encoding, names, prompt, gold, rationale, kind)
        made = init_recipe(file, out, model, given, force=force)
        if as_json:
            _print_json(made)
            return
        for name in ("prompt", "gold", "rationale", "answer"):
            typer.echo(f"{name + ':':<11}{getattr(made, name)!r}")
        for note in made.notes:
            typer.echo(f"note: {note}")
        typer.echo(f"{made.out}: look it through, then run `iwsi validate {made.out}`")


@app.command()
def status(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """The tables of a run so far, and its next stage."""
    with _errors(as_json, debug):
        from iwsi.commands.display import print_summary
        from iwsi.rounds.ledger import Ledger
        from iwsi.rounds.run_dir import read_recipe
        from iwsi.rounds.summary import summarise

        root = run.resolve()
        summary = summarise(root, read_recipe(root), Ledger(root))
        if as_json:
            _print_json(summary)
        else:
            print_summary(_console(), summary)


@app.command()
def forecast(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    number: Annotated[
        int | None, typer.Option("--round", help="Which round; default: the last trained.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="Test items: a share below 1, else their number.")
    ] = None,
    method: Annotated[
        ForecastMethod | None, typer.Option(help="Estimator, as in `eval-predict gain-bench`.")
    ] = None,
    history: Annotated[
        list[Path] | None,
        typer.Option(
            help="Other models on the test items: a score file, harness logs, an earlier run. May"
            " be given several times."
        ),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """What a round was worth, from a part of the test set; the run itself stays as it is."""
    with _errors(as_json, debug):
        from iwsi.commands.display import print_forecast
        from iwsi.commands.forecast import Wanted, forecast_run
        from iwsi.commands.progress import RunDisplay

        wanted = Wanted(number, budget, method, tuple(history or ()))
        with RunDisplay(Console(stderr=True)) as display:
            told = forecast_run(run.resolve(), wanted, display)
        if as_json:
            _print_json(told)
        else:
            print_forecast(_console(), told)


@app.command()
def audit(
    target: Annotated[Path, typer.Argument(metavar="RECIPE|RUN", help="A recipe, or a run.")],
    overrides: Overrides = None,
    run_dir: Annotated[
        Path | None, typer.Option(help="Where a recipe's run is kept; default: as for run.")
    ] = None,
    number: Annotated[int, typer.Option("--round", min=1, help="Which round's filter.")] = 1,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Which score finds right votes on this task, from labelled rows; before a round is trained."""
    with _errors(as_json, debug):
        from iwsi.commands.audit import audit_target, print_audit
        from iwsi.commands.progress import RunDisplay

        with RunDisplay(Console(stderr=True)) as display:
            result = audit_target(target, overrides or [], run_dir, number, display)
        if as_json:
            _print_json(result)
        else:
            print_audit(_console(), result)


@app.command()
def validate(
    recipe: RecipePath,
    overrides: Overrides = None,
    measure: Annotated[
        bool, typer.Option("--measure", help="Load the model and time it, for a better estimate.")
    ] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Check a recipe without loading the model: schema, rows, a prompt, gold answers, cost."""
    with _errors(as_json, debug):
        from iwsi.commands.validate import check

        report = check(load_recipe(recipe, overrides or []), measure=measure)
        if as_json:
            _print_json(report.to_dict())
        else:
            from iwsi.commands.display import print_report

            print_report(Console(), report)


@app.command()
def study(
    recipe: RecipePath,
    overrides: Overrides = None,
    filters: Annotated[
        str, typer.Option(help="Filters to compare, such as lmsi,entropy,iwsi,oracle.")
    ] = "lmsi,iwsi",
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds.")] = 5,
    first_seed: Annotated[int, typer.Option(min=0, help="The first of them.")] = 0,
    sweep: Annotated[
        str | None,
        typer.Option(metavar="KEY=V1,V2,…", help="A key to vary, such as filter.keep=0.5,0.8."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where a row each arm goes: .csv, .jsonl or .parquet.")
    ] = None,
    run_dir: Annotated[
        Path | None, typer.Option(help="Where runs are kept; default: runs/<recipe's name>-study.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Compare filters over seeds, one round each, from shared samples; goes on where it stopped."""
    with _errors(as_json, debug):
        from iwsi.commands.progress import RunDisplay
        from iwsi.commands.study import print_study
        from iwsi.commands.tables import check_out, write_rows_file
        from iwsi.study.arms import arms_of
        from iwsi.study.run import run_study

        if out is not None:
            check_out(out, [recipe])
        names = [name.strip() for name in filters.split(",") if name.strip()]
        numbers = range(first_seed, first_seed + seeds)
        arms = arms_of(recipe, overrides or [], names, numbers, sweep)
        root = (run_dir or Path("runs") / f"{recipe.stem}-study").resolve()
        console = _console(stderr=as_json)
        with RunDisplay(console) as display:
            told = run_study(
                arms,
                root,
                display,
                begin=lambda arm: console.print(f"seed {arm.seed}, {arm.name}", highlight=False),
                keep=lambda rows: write_rows_file(out, rows) if out is not None else None,
            )
        if as_json:
            _print_json(told)
        else:
            print_study(console, told)
            typer.echo(f"run directories: {root}")


@app.command()
def vote(
    candidates: Annotated[
        Path, typer.Argument(metavar="CANDIDATES", help="Rows: question, answer (a text).")
    ],
    out: Out,
    answer: Annotated[AnswerKind, typer.Option(help="What an answer is.")] = "number",
    tie: Annotated[
        Literal["drop", "first"], typer.Option(help="What two equal leaders come to.")
    ] = "drop",
    min_votes: Annotated[
        int, typer.Option(min=1, help="Fewest agreeing candidates that make a majority.")
    ] = 1,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Self-consistency over your own file: extracted answer, majority, vote share, agreement."""
    with _errors(as_json, debug):
        from iwsi.commands.own_files import vote_file

        counts = vote_file(candidates, out, kind=answer, tie=tie, min_votes=min_votes)
        _tell(counts, out, as_json)


@app.command()
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
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """The DS weight of your own candidates: their columns and nll, ds_weight."""
    with _errors(as_json, debug):
        from iwsi.commands.own_files import Scoring, weigh_file
        from iwsi.commands.progress import RunDisplay

        prompt, separator = (text.replace(r"\n", "\n") for text in (prompt, separator))
        scoring = Scoring(model, adapter, prompt, separator, loss_over, batch_tokens)
        with RunDisplay(Console(stderr=True)) as display:
            display.begin("weigh")
            counts = weigh_file(scoring, validation, candidates, out, display.progress)
        _tell(counts, out, as_json)


@app.command()
def answers(
    task: Annotated[str, typer.Argument(help="A recipe that comes with iwsi, or a recipe file.")],
    file: Annotated[Path, typer.Argument(help="Rows: .parquet, .csv or .jsonl.")],
    text: Annotated[str, typer.Option(metavar="COLUMN", help="The column of model outputs.")],
    out: Annotated[
        Path | None, typer.Option(help="Where row, answer go: .parquet, .jsonl or .csv.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """The canonical answer in each row of your own file; without --out as CSV on stdout."""
    with _errors(as_json, debug):
        from iwsi.commands.answers import answer_rows

        table = answer_rows(task, file, text, out)
        answered = table.num_rows - table["answer"].null_count
        counts: dict[str, Any] = {"rows": table.num_rows, "answered": answered}
        if out is not None:
            _tell(counts, out, as_json)
        elif as_json:
            _print_json({**counts, "answers": table["answer"].to_pylist()})
        else:
            pairs = zip(table["row"].to_pylist(), table["answer"].to_pylist(), strict=True)
            typer.echo(
                "\n".join(["row,answer", *(f"{row},{answer or ''}" for row, answer in pairs)])
            )


@app.command()
def report(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="Run directories, or a study's table (.csv)."),
    ],
    out: Annotated[
        Path | None, typer.Option(help="The HTML file; default: report.html in the run.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """One HTML page about a run, several runs beside each other, or a study; works offline."""
    with _errors(as_json, debug):
        from iwsi.commands.report import write_report

        target, problems = write_report([path.resolve() for path in paths], out)
        for problem in problems:
            typer.echo(f"warning: {problem}", err=True)
        if as_json:
            _print_json({"report": str(target), "problems": list(problems)})
        else:
            typer.echo(f"report: {target}")


@app.command()
def show(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    kept: Annotated[bool, typer.Option("--kept", help="Candidates that are trained on.")] = False,
    dropped: Annotated[
        str | None, typer.Option(metavar="REASON", help="Candidates dropped for this reason.")
    ] = None,
    fixed: Annotated[bool, typer.Option("--fixed", help="Test items, wrong to right.")] = False,
    broken: Annotated[bool, typer.Option("--broken", help="Test items, right to wrong.")] = False,
    number: Annotated[int, typer.Option("-n", min=1, help="How many.")] = 5,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Samples of a run as text: what was kept, what was dropped and why, what a round changed."""
    with _errors(as_json, debug):
        from iwsi.commands.report import print_sample, samples, wanted_of
        from iwsi.report.data import collect

        wanted = wanted_of(kept=kept, dropped=dropped, fixed=fixed, broken=broken)
        found = list(samples(collect(run.resolve()), wanted, number))
        if as_json:
            _print_json({"samples": [asdict(sample) for sample in found]})
        else:
            for sample in found:
                print_sample(sample)
            if not found:
                typer.echo("none")


@app.command()
def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    out: Annotated[Path, typer.Option(help="A new folder.")],
    number: Annotated[
        int | None, typer.Option("--round", help="Which round; default: the run's result.")
    ] = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="The whole model in place of the adapter.")
    ] = False,
    data: Annotated[
        bool, typer.Option("--data", help="What the round was trained on, too.")
    ] = False,
    samples: Annotated[
        bool,
        typer.Option("--samples", help="Per-item scores as lm-evaluation-harness logs, too."),
    ] = False,
    push: Annotated[
        str | None, typer.Option(metavar="HUB_ID", help="Upload the folder to this repository.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """The result for others: adapter or merged model with tokenizer and model card."""
    with _errors(as_json, debug):
        from iwsi.export.export import Wanted, export_run
        from iwsi.export.export import push as push_folder

        exported = export_run(run.resolve(), out, Wanted(number, merge, data, samples))
        pushed = push_folder(out, push) if push else None
        if as_json:
            _print_json({**asdict(exported), "out": str(out), "pushed": pushed})
        else:
            typer.echo(f"round {exported.round}: {len(exported.files)} files -> {out}")
            if pushed:
                typer.echo(f"pushed to {pushed}")


app.add_typer(recipes_app, name="recipes")


def _console(*, stderr: bool = False) -> Console:
    console = Console(stderr=stderr)
    # Where nobody looks, as in a log, a table need not be squeezed into 80 columns.
    return console if console.is_terminal else Console(stderr=stderr, width=120)


def _report(root: Path) -> None:
    """The page of a run that has just ended; a run is not lost by a page that cannot be made."""
    from iwsi.commands.report import write_report

    try:
        target, _ = write_report([root])
    except (UserError, OSError) as error:
        typer.echo(f"warning: no report: {error}", err=True)
    else:
        typer.echo(f"report: {target}", err=True)


def _tell(counts: dict[str, Any], out: Path, as_json: bool) -> None:
    if as_json:
        _print_json({**counts, "out": str(out)})
    else:
        typer.echo(", ".join(f"{name} {value}" for name, value in counts.items()) + f" -> {out}")
