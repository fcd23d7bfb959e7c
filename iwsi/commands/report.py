"""`iwsi report` and `iwsi show`: a page about runs or a study, and samples in the terminal."""

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from eval_predict.errors import UserError
from iwsi.commands.terminal import printable
from iwsi.files import write_text
from iwsi.report.collect import collect
from iwsi.report.data import Candidate, Flip, RunReport
from iwsi.report.page import run_page, runs_page, study_page

REPORT = "report.html"
_TABLES = (".csv", ".jsonl", ".parquet")


def write_report(paths: Sequence[Path], out: Path | None = None) -> tuple[Path, tuple[str, ...]]:
    """Write a page about one run, several runs, or a study's table.

    Args:
        paths: Run directories, or one table that `iwsi study --out` wrote.
        out: The HTML file; None: report.html in the run directory or beside the table.

    Returns:
        The file, and what could not be read.

    Raises:
        UserError: a path is neither, or `out` is a folder.
    """
    first = paths[0]
    target = out or (first if first.is_dir() else first.parent) / REPORT
    if target.is_dir():
        raise UserError(
            where="--out",
            got=f"{target}, a folder",
            expected="a file",
            fix=f"Name a file in it, such as {target / REPORT}.",
        )
    if first.suffix.lower() in _TABLES:
        html, problems = _study(first), tuple[str, ...]()
    else:
        reports = [collect(path) for path in paths]
        html = run_page(reports[0]) if len(reports) == 1 else runs_page(reports)
        problems = tuple(f"{one.name}: {line}" for one in reports for line in one.problems)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_text(target, html)
    return target, problems


def samples(report: RunReport, wanted: str | None, number: int) -> Iterator[Candidate | Flip]:
    """The first candidates or test items that are wanted.

    Args:
        report: Of a run.
        wanted: `kept`, `fixed`, `broken`, a reason, or None for candidates of all kinds.
        number: How many.

    Raises:
        UserError: no candidate was dropped for this reason.
    """
    if wanted in ("fixed", "broken"):
        flips = [flip for flip in report.flips if flip.fixed == (wanted == "fixed")]
        yield from flips[:number]
        return
    reasons = sorted({candidate.reason for candidate in report.candidates} - {"kept"})
    if wanted not in (None, "kept", *reasons):
        raise UserError(
            where="--dropped",
            got=f'no candidate was dropped for "{wanted}"',
            expected=f"one of {', '.join(reasons)}" if reasons else "a run with dropped candidates",
        )
    matching = [candidate for candidate in report.candidates if wanted in (None, candidate.reason)]
    step = max(len(matching) // number, 1)
    yield from matching[::step][:number]


def _study(path: Path) -> str:
    import pyarrow as pa

    from iwsi.tables.files import read_rows_file

    table: pa.Table = read_rows_file(path)
    needed = {"filter", "seed", "accuracy"}
    if not needed <= set(table.column_names):
        raise UserError(
            where=str(path),
            got=f"columns {', '.join(table.column_names)}",
            expected="a table that `iwsi study --out` wrote (filter, seed, accuracy, …)",
        )
    return study_page(path.stem, table.column_names, table.to_pylist())


def wanted_of(*, kept: bool, dropped: str | None, fixed: bool, broken: bool) -> str | None:
    """The kind of samples that the options of `iwsi show` select.

    Raises:
        UserError: more than one of them.
    """
    options = {"--kept": kept, "--dropped": dropped, "--fixed": fixed, "--broken": broken}
    given = [name for name, value in options.items() if value]
    if len(given) > 1:
        raise UserError(
            got=" and ".join(given),
            expected="one of --kept, --dropped REASON, --fixed and --broken",
            fix="Ask for one kind at a time.",
        )
    if dropped:
        return dropped
    return given[0].removeprefix("--") if given else None


def print_sample(sample: Candidate | Flip) -> None:
    """A candidate or a test item as plain text."""
    if isinstance(sample, Flip):
        change = "wrong to right" if sample.fixed else "right to wrong"
        head = f"item {sample.item}, {change}, gold {sample.gold}"
        after = f"round {sample.round}"
        texts = {"prompt": sample.prompt, "base model": sample.before, after: sample.after}
    else:
        weight = "–" if sample.ds_weight is None else f"{sample.ds_weight:.2f}"
        share = "–" if sample.vote_share is None else f"{sample.vote_share:.2f}"
        head = (
            f"round {sample.round}, question {sample.question}, {sample.reason}, "
            f"answer {sample.answer}, vote share {share}, DS weight {weight}"
        )
        texts = {"prompt": sample.prompt, "candidate": sample.text}
    typer.echo(printable(f"── {head}"))
    for name, text in texts.items():
        typer.echo(f"{name}:\n{textwrap.indent(printable(text.strip()), '    ')}")
    typer.echo()
