"""A run directory as an object with tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eval_predict.errors import UserError
from iwsi.files import read_table
from iwsi.recipe import Recipe
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.reports import RoundSummary, RunSummary

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console, ConsoleOptions, RenderResult

    from iwsi.report.plot import Plot


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run directory and its results.

    Attributes:
        path: the run directory.
        recipe: as the run keeps it.
        summary: its rounds, its result so far, and what comes next.
    """

    path: Path
    recipe: Recipe
    summary: RunSummary

    @property
    def adapter(self) -> Path | None:
        """The folder of the result's adapter; None: the base model, or no result yet."""
        result = self.summary.result
        return self.path / result.adapter if result and result.adapter else None

    @property
    def rounds(self) -> "pd.DataFrame":
        """A row a round: accuracy and gain with intervals, forecast, gate, samples, seconds."""
        import pandas as pd

        return pd.DataFrame([_round_row(summary) for summary in self.summary.rounds]).set_index(
            "round"
        )

    @property
    def funnel(self) -> "pd.DataFrame":
        """A row a round: sampled, answered, majority, kept, and a column for each reason."""
        import pandas as pd

        funnels = {row.round: row.funnel for row in self.summary.rounds if row.funnel}
        rows = [
            {"round": number, "sampled": f.sampled, "answered": f.answered}
            | {"majority": f.majority, "kept": f.kept, **f.dropped}
            for number, f in funnels.items()
        ]
        columns = ["round", "sampled", "answered", "majority", "kept"]
        frame = pd.DataFrame(rows, columns=None if rows else columns).set_index("round")
        return frame.fillna(0).astype(int)

    def candidates(self, number: int | None = None) -> "pd.DataFrame":
        """Every candidate of a round, with its vote, its loss, and why it was dropped.

        Args:
            number: the round; None: the last that has selected.

        Raises:
            UserError: it has selected nothing yet.
        """
        selected = [summary.round for summary in self.summary.rounds if summary.funnel]
        wanted = number if number is not None else max(selected, default=0)
        if wanted not in selected:
            raise UserError(
                where=str(self.path),
                field="number",
                got=f"round {wanted}",
                expected=f"a round that has selected: {_numbers(selected)}",
            )
        frame: pd.DataFrame = read_table(self.path / RoundFiles.of(wanted).selection).to_pandas()
        return frame

    def test_results(self, number: int = 0) -> "pd.DataFrame":
        """Every test item of a round's full test: prompt, text, answer, gold, score.

        Raises:
            UserError: the round has no full test.
        """
        tested = [summary.round for summary in self.summary.rounds if summary.accuracy]
        if number not in tested:
            raise UserError(
                where=str(self.path),
                field="number",
                got=f"round {number}",
                expected=f"a round with a full test: {_numbers(tested)}",
            )
        frame: pd.DataFrame = read_table(self.path / RoundFiles.of(number).results).to_pandas()
        return frame

    def plot(self) -> "Plot":
        """Accuracy by round with intervals; a notebook shows it, `.save("a.svg")` writes it.

        Raises:
            UserError: no round has been evaluated yet.
        """
        from iwsi.report.plot import accuracy_plot

        return accuracy_plot(self.summary)

    def __repr__(self) -> str:
        """The run in one line."""
        result, waiting = self.summary.result, self.summary.next_stage
        state = f"next: {waiting}" if waiting else "done"
        outcome = f"result: round {result.round}" if result else "no result yet"
        return f"RunResult({str(self.path)!r}, {outcome}, {state})"

    def __rich_console__(self, console: "Console", options: "ConsoleOptions") -> "RenderResult":
        """The tables that `iwsi status` shows."""
        from iwsi.commands.display import summary_tables

        yield from summary_tables(self.summary)


def _numbers(rounds: Sequence[int]) -> str:
    return ", ".join(map(str, rounds)) or "none yet"


def _round_row(summary: RoundSummary) -> dict[str, Any]:
    forecast, error = summary.forecast, summary.forecast_error
    row: dict[str, Any] = {"round": summary.round}
    for name, estimate in {
        "accuracy": summary.accuracy,
        "gain": summary.gain,
        "forecast": forecast.score if forecast else None,
        "forecast_gain": forecast.gain_over_previous if forecast else None,
    }.items():
        row |= {
            name: estimate.value if estimate else np.nan,
            f"{name}_low": estimate.low if estimate else np.nan,
            f"{name}_high": estimate.high if estimate else np.nan,
        }
    return row | {
        "forecast_error": error.score if error else np.nan,
        "passed": summary.gate.passed if summary.gate else None,
        "kept": summary.funnel.kept if summary.funnel else None,
        "trained": summary.train.trained if summary.train else None,
        "seconds": sum(summary.seconds.values()) + sum(summary.startup_seconds.values()),
    }
