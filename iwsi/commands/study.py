"""What a person sees of a study: a table of filters, and the DS weight's correlations."""

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from iwsi.commands.display import interval


def print_study(console: Console, study: dict[str, Any]) -> None:
    """Means over seeds with 95% t intervals, and the orthogonality analysis."""
    seeds = len({row["seed"] for row in study["rows"]})
    table = Table(
        title=f"{escape(study['task'])}: greedy accuracy after one round, means over {seeds} "
        "seeds, 95% intervals"
    )
    swept = any(arm["setting"] for arm in study["arms"])
    for heading in ("filter", *(["setting"] if swept else [])):
        table.add_column(heading)
    for heading in ("before", "after", "points over lmsi", "kept", "seconds alone"):
        table.add_column(heading, justify="right")
    for arm in study["arms"]:
        table.add_row(
            arm["filter"],
            *([arm["setting"]] if swept else []),
            interval(arm["accuracy_before"], "{:.1f}%"),
            interval(arm["accuracy"], "{:.1f}%"),
            interval(arm["over_lmsi"], "{:+.1f}"),
            f"{arm['kept']:,.0f}",
            f"{arm['seconds']:.0f}",
        )
    console.print(table)
    for line in _correlations(study["orthogonality"]):
        console.print(line, markup=False, highlight=False)


def _correlations(told: dict[str, Any]) -> list[str]:
    names = {"vote_entropy": "vote entropy", "correct": "correctness"}
    lines = []
    for side, name in names.items():
        if told["mean"].get(side):
            lines.append(
                f"rank correlation of DS weight and {name} over voted candidates, mean over "
                f"seeds: {_plain(told['mean'][side])}"
            )
        lines += [
            f"  seed {one['seed']}: {_plain(one[side])} ({one['questions']:,} questions drawn anew)"
            for one in told["seeds"]
            if one[side]
        ]
    return lines


def _plain(estimate: dict[str, Any]) -> str:
    value, low, high = (
        "?" if estimate[key] is None else f"{estimate[key]:+.2f}"
        for key in ("value", "low", "high")
    )
    return f"{value} [{low}, {high}]"
