"""The Python interface: a run as an object with tables, and the vote and the DS weight alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from eval_predict.errors import UserError
from iwsi.files import read_table
from iwsi.filter import ds_weight as weights
from iwsi.filter import vote as votes
from iwsi.recipe import Recipe
from iwsi.recipe import load as recipes
from iwsi.recipe.shipped import find_recipe
from iwsi.rounds.damage import explaining_damage
from iwsi.rounds.layout import RoundFiles
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.loop import run_recipe
from iwsi.rounds.reports import RoundSummary, RunSummary
from iwsi.rounds.run_dir import read_recipe, run_target
from iwsi.rounds.summary import summarise
from iwsi.rounds.workers import Display, Silent

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console, ConsoleOptions, RenderResult

    from iwsi.report.plot import Plot

Overrides = Sequence[str] | Mapping[str, Any]


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


def run(
    recipe: Recipe | str | Path,
    overrides: Overrides = (),
    run_dir: str | Path | None = None,
    *,
    until: str | None = None,
    overwrite: bool = False,
    progress: bool = False,
) -> RunResult:
    """Run a recipe, or go on with a run; stages that are done stay done.

    Args:
        recipe: a recipe, its file, the name of one that ships, or a run directory.
        overrides: `key=value` texts, or a mapping from dotted keys to values.
        run_dir: where the run is kept; None: `runs/` and the recipe's name, or the run itself.
        until: the last stage to do, such as `select` or `2/train`.
        overwrite: whether results that depend on what changed may be made again.
        progress: whether a bar for each stage is shown on standard error.

    Raises:
        UserError: (a ValueError) as `iwsi run` tells it.

    Examples:
        `result = iwsi.run("tiny_arith", {"rounds": 1}, "runs/first")`, then `result.rounds`.
    """
    if isinstance(recipe, Recipe):
        loaded = recipes.override(recipe, _texts(overrides))
        root = Path(run_dir) if run_dir else Path("runs") / recipe.task.name
    else:
        folder = Path(run_dir) if run_dir else None
        source, root = run_target(_source(recipe), folder)
        loaded = recipes.load_recipe(source, _texts(overrides))
    root = root.resolve()
    if progress:
        from rich.console import Console

        from iwsi.commands.progress import RunDisplay

        with RunDisplay(Console(stderr=True)) as display:
            return _run(loaded, root, display, until, overwrite)
    return _run(loaded, root, Silent(), until, overwrite)


def open_run(run_dir: str | Path) -> RunResult:
    """What a run directory holds so far; nothing is run.

    Raises:
        UserError: it is no run directory.
    """
    root = Path(run_dir).resolve()
    recipe = read_recipe(root)
    with explaining_damage(root):
        return RunResult(root, recipe, summarise(root, recipe, Ledger(root)))


def load_recipe(recipe: str | Path, overrides: Overrides = ()) -> Recipe:
    """Read a recipe.

    Args:
        recipe: its file, or the name of one that ships.
        overrides: `key=value` texts, or a mapping from dotted keys to values.

    Raises:
        UserError: a file that cannot be read, or a key or value that recipes do not have.

    Examples:
        >>> load_recipe("tiny_arith", {"filter.keep": 0.5}).filter.keep
        0.5
    """
    return recipes.load_recipe(_source(recipe), _texts(overrides))


def vote(
    questions: ArrayLike,
    answers: ArrayLike,
    *,
    truncated: ArrayLike | None = None,
    tie: votes.Tie = "drop",
    min_votes: int = 1,
) -> "pd.DataFrame":
    """The majority answer of each question's candidates (self-consistency, arXiv:2203.11171).

    Args:
        questions: (N,) which question each candidate answers.
        answers: (N,) canonical answers, None where the text holds none.
        truncated: (N,) candidates cut off before their end: they do not vote.
        tie: drop: a tie is no majority; first: the answer sampled first wins it.
        min_votes: fewest candidates that must agree.

    Returns:
        A row a candidate: majority, vote_share, vote_share_all, vote_entropy, agrees, reason.

    Examples:
        >>> vote(["q", "q", "q"], ["4", "4", "5"])["agrees"].tolist()
        [True, True, False]
    """
    import pandas as pd

    names, given = (pa.array(_strings(column), pa.string()) for column in (questions, answers))
    if len(names) != len(given):
        raise UserError(
            field="answers", got=f"{len(given)} answers", expected=f"{len(names)}, one a question"
        )
    cut = None if truncated is None else np.asarray(truncated, bool)
    result = votes.vote(names, given, truncated=cut, tie=tie, min_votes=min_votes)
    frame: pd.DataFrame = pa.table(result.columns()).to_pandas()
    return frame.set_axis(questions.index) if isinstance(questions, pd.Series) else frame


def ds_weight(nll: ArrayLike, validation_nll: ArrayLike) -> NDArray[np.float64]:
    """How far each candidate's loss is from the labelled rows', 1 or more (arXiv:2408.09849).

    Args:
        nll: (N,) mean token loss of each candidate, nats; NaN where it was not scored.
        validation_nll: (V,) mean token loss of each labelled row.

    Raises:
        UserError: no labelled rows, or a mean loss that is not positive and finite.

    Examples:
        >>> ds_weight([2.0, 0.5, 1.0], [1.0]).tolist()
        [2.0, 2.0, 1.0]
    """
    return weights.ds_weight(np.asarray(nll, float), np.asarray(validation_nll, float))


def _run(
    recipe: Recipe, root: Path, display: Display, until: str | None, overwrite: bool
) -> RunResult:
    summary = run_recipe(recipe, root, display, until=until, overwrite=overwrite)
    return RunResult(root, read_recipe(root), summary)


def _source(recipe: str | Path) -> Path:
    path = Path(recipe)
    return path if path.exists() or path.suffix in (".yaml", ".yml") else find_recipe(str(recipe))


def _texts(overrides: Overrides) -> list[str]:
    if isinstance(overrides, str):
        return [overrides]
    if isinstance(overrides, Mapping):
        return [f"{key}={json.dumps(value)}" for key, value in overrides.items()]
    return list(overrides)


def _strings(column: ArrayLike) -> list[str | None]:
    values = column.tolist() if hasattr(column, "tolist") else list(column)  # type: ignore[arg-type]
    return [_string(value) for value in values]


def _string(value: object) -> str | None:
    """A label or answer as text; a whole number in a column with gaps is still a whole number."""
    if value is None or value != value:
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


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
