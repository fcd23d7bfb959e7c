"""Where the time of a run went: each stage's seconds, and what a round costs whatever its size."""

from collections.abc import Iterator

from rich.table import Table

from iwsi.rounds.reports import RunSummary

SHOWN = 0.05  # seconds; a stage that is quicker in every round has no column


def times(summary: RunSummary) -> Iterator[Table | str]:
    """A table of stages, and a line a round on what passed before its work began."""
    yield _time_table(summary)
    for each in summary.rounds:
        cost = each.fixed_cost
        name = f"round {each.round}" if each.round else _zero(summary)
        parts = [f"{part.replace('_', '-')} {spent:.1f}" for part, spent in cost.parts.items()]
        line = f"fixed cost of {name}: {cost.seconds:.1f} s ({cost.share:.0%})"
        yield ": ".join([line, ", ".join(parts)] if parts else [line])


def _time_table(summary: RunSummary) -> Table:
    table = Table(title=f"seconds per stage (+ start-up); {summary.seconds:.0f} s in all")
    table.add_column("round")
    stages = _stages(summary)
    for stage in stages:
        table.add_column(stage, justify="right")
    for each in summary.rounds:
        cells = []
        for stage in stages:
            seconds, startup = each.seconds.get(stage), each.startup_seconds.get(stage)
            cell = "–" if seconds is None else f"{seconds:.1f}"
            cells.append(cell + (f" + {startup:.1f}" if startup else ""))
        table.add_row(str(each.round) if each.round else _zero(summary), *cells)
    return table


def _zero(summary: RunSummary) -> str:
    return "warm start" if summary.start else "base"


def _stages(summary: RunSummary) -> list[str]:
    """The kinds of stages in the order in which they were done, those of later rounds first.

    Round 0 has a test alone, which comes last in every other round.
    """
    longest: dict[str, float] = {}
    for each in reversed(summary.rounds):
        for kind, seconds in each.seconds.items():
            whole = seconds + each.startup_seconds.get(kind, 0.0)
            longest[kind] = max(longest.get(kind, 0.0), whole)
    return [kind for kind, seconds in longest.items() if seconds >= SHOWN]
