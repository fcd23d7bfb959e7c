"""Where the time of a run went: each stage's seconds, and each round's fixed cost."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from iwsi.rounds.reports import RoundSummary, RunSummary

AUDIT = "audit"
SHOWN = 0.05  # seconds; a stage that is quicker in every round has no column


def times(summary: RunSummary) -> Iterator[Table | str]:
    """A table of stages, and a line a round on what passed before its work began."""
    yield _time_table(summary)
    for name, row in _named(summary):
        cost = row.fixed_cost
        parts = [f"{part.replace('_', '-')} {spent:.1f}" for part, spent in cost.parts.items()]
        round_name = f"round {name}" if row.round else name
        line = f"fixed cost of {round_name}: {cost.seconds:.1f} s ({cost.share:.0%})"
        yield ": ".join([line, ", ".join(parts)] if parts else [line])


def _time_table(summary: RunSummary) -> Table:
    table = Table(title=f"seconds per stage (+ start-up); {summary.seconds:.0f} s in all")
    table.add_column("round", no_wrap=True)
    spent = [(name, _columns(row)) for name, row in _named(summary)]
    headings = _headings([columns for _, columns in spent])
    for heading in headings:
        table.add_column(heading, justify="right")
    for name, columns in spent:
        cells = []
        for heading in headings:
            work, startup = columns.get(heading, (None, 0.0))
            cell = "–" if work is None else f"{work:.1f}"
            cells.append(cell + (f" + {startup:.1f}" if startup else ""))
        table.add_row(name, *cells)
    return table


def _named(summary: RunSummary) -> Iterator[tuple[str, RoundSummary]]:
    """The rounds with what the tables call them, a base model before a warm start first."""
    if summary.start:
        yield "base", summary.start
    for row in summary.rounds:
        yield str(row.round) if row.round else "warm start" if summary.start else "base", row


def _columns(row: RoundSummary) -> dict[str, tuple[float, float]]:
    """Seconds of work and of start-up of each column; the stages of an audit share one."""
    columns: dict[str, tuple[float, float]] = {}
    for kind, seconds in row.seconds.items():
        heading = AUDIT if kind.startswith(AUDIT) else kind.replace("_", " ")
        work, startup = columns.get(heading, (0.0, 0.0))
        columns[heading] = work + seconds, startup + row.startup_seconds.get(kind, 0.0)
    return columns


def _headings(rounds: Sequence[dict[str, tuple[float, float]]]) -> list[str]:
    """The columns in the order in which a round's stages are done, quick ones left out.

    What only the beginning of a run has, such as a warm start, stands first.
    """
    headings: list[str] = []
    for columns in reversed(rounds):
        shown = [name for name, (work, startup) in columns.items() if work + startup >= SHOWN]
        headings = [name for name in shown if name not in headings] + headings
    return headings
