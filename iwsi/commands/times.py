"""Where the time of a run went: each stage's seconds, and what a round costs whatever its size."""

from typing import Any

from rich.console import Console
from rich.table import Table

STAGES = (
    "sample",
    "vote",
    "weigh",
    "rate",
    "reward",
    "shift",
    "label",
    "select",
    "train",
    "forecast",
    "test",
)


def print_times(console: Console, summary: dict[str, Any]) -> None:
    """A table of stages, and a line a round on what passed before its work began."""
    console.print(_time_table(summary))
    for entry in summary["rounds"]:
        cost = entry["fixed_cost"]
        name = f"round {entry['round']}" if entry["round"] else "base"
        parts = [f"{part.replace('_', '-')} {spent:.1f}" for part, spent in cost["parts"].items()]
        told = f"fixed cost of {name}: {cost['seconds']:.1f} s ({cost['share']:.0%})"
        console.print(": ".join([told, ", ".join(parts)] if parts else [told]), highlight=False)


def _time_table(summary: dict[str, Any]) -> Table:
    table = Table(title=f"seconds per stage (+ start-up); {summary['seconds']:.0f} s in all")
    table.add_column("round")
    stages = [s for s in STAGES if any(s in entry["seconds"] for entry in summary["rounds"])]
    for stage in stages:
        table.add_column(stage, justify="right")
    for entry in summary["rounds"]:
        name = str(entry["round"]) if entry["round"] else "base"
        cells = []
        for stage in stages:
            seconds, startup = entry["seconds"].get(stage), entry["startup_seconds"].get(stage)
            cell = "–" if seconds is None else f"{seconds:.1f}"
            cells.append(cell + (f" + {startup:.1f}" if startup else ""))
        table.add_row(name, *cells)
    return table
