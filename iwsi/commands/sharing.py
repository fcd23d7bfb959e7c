"""Commands that show a run's results, or export them."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from iwsi.commands.terminal import AsJson, Debug, errors, print_json


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
    with errors(as_json, debug):
        from iwsi.commands.report import write_report

        target, problems = write_report([path.resolve() for path in paths], out)
        for problem in problems:
            typer.echo(f"warning: {problem}", err=True)
        if as_json:
            print_json({"report": str(target), "problems": list(problems)})
        else:
            typer.echo(f"report: {target}")


def show(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    kept: Annotated[bool, typer.Option("--kept", help="Candidates that are trained on.")] = False,
    dropped: Annotated[
        str | None, typer.Option(metavar="REASON", help="Candidates dropped for this reason.")
    ] = None,
    fixed: Annotated[
        bool, typer.Option("--fixed", help="Test items that the round changed from wrong to right.")
    ] = False,
    broken: Annotated[
        bool,
        typer.Option("--broken", help="Test items that the round changed from right to wrong."),
    ] = False,
    number: Annotated[int, typer.Option("-n", min=1, help="How many.")] = 5,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Samples of a run as text: what was kept, what was dropped and why, what a round changed."""
    with errors(as_json, debug):
        from iwsi.commands.report import print_sample, samples, wanted_of
        from iwsi.report.collect import collect

        wanted = wanted_of(kept=kept, dropped=dropped, fixed=fixed, broken=broken)
        read = collect(run.resolve())
        for problem in read.problems:
            typer.echo(f"warning: {problem}", err=True)
        found = list(samples(read, wanted, number))
        if as_json:
            print_json({"samples": [asdict(sample) for sample in found]})
        else:
            for sample in found:
                print_sample(sample)
            if not found:
                typer.echo("none")


def export(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    out: Annotated[Path, typer.Option(help="A new folder.")],
    number: Annotated[
        int | None, typer.Option("--round", help="Which round; default: the run's result.")
    ] = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="The whole model in place of the adapter.")
    ] = False,
    gguf: Annotated[
        bool,
        typer.Option("--gguf", help="Also export the whole model as a GGUF file for llama.cpp."),
    ] = False,
    data: Annotated[
        bool, typer.Option("--data", help="Also export what the round was trained on.")
    ] = False,
    samples: Annotated[
        bool,
        typer.Option(
            "--samples", help="Also export per-item scores as lm-evaluation-harness logs."
        ),
    ] = False,
    push: Annotated[
        str | None, typer.Option(metavar="HUB_ID", help="Upload the folder to this repository.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Export the result: an adapter or a merged model, with tokenizer and model card."""
    with errors(as_json, debug):
        from iwsi.export.export import Wanted, export_run
        from iwsi.export.export import push as push_folder
        from iwsi.rounds.damage import explaining_damage

        root = run.resolve()
        with explaining_damage(root):
            exported = export_run(root, out, Wanted(number, merge, gguf, data, samples))
        pushed = push_folder(out, push) if push else None
        if as_json:
            print_json({**asdict(exported), "out": str(out), "pushed": pushed})
        else:
            if exported.warning:
                typer.echo(f"warning: {exported.warning}", err=True)
            typer.echo(f"round {exported.round}: {len(exported.files)} files -> {out}")
            if pushed:
                typer.echo(f"pushed to {pushed}")


def clean(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run directory.")],
    yes: Annotated[bool, typer.Option("--yes", help="Delete it.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """List files of a run that can be made again, such as merged weights; --yes deletes them."""
    with errors(as_json, debug):
        from iwsi.commands.runs import scratch_lines
        from iwsi.rounds.scratch import clean_run, find_scratch

        root = run.resolve()
        found = clean_run(root) if yes else find_scratch(root)
        if as_json:
            rows = [{"path": str(item.path), "bytes": item.size} for item in found]
            print_json({"deleted": yes, "scratch": rows})
        else:
            typer.echo("\n".join(scratch_lines(found, root, deleted=yes)))


def runs(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="Where runs are; default: runs.")
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """The runs of a folder, with their results and what comes next."""
    with errors(as_json, debug):
        from iwsi.commands.runs import print_runs
        from iwsi.commands.terminal import wide_console
        from iwsi.rounds.run_list import list_runs

        root = (folder or Path("runs")).resolve()
        found = list_runs(root)
        if as_json:
            print_json({"runs": found})
        else:
            print_runs(wide_console(), found, root)
