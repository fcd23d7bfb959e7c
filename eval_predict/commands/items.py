"""`eval-predict select` and `next`: which items to run for a new model."""

import math
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from eval_predict.commands.item_output import Delivery, DrawReport, deliver
from eval_predict.commands.reading import reads_scores
from eval_predict.commands.shared import (
    AsJson,
    Debug,
    ScoresPath,
    Seed,
    method_named,
    one_line_errors,
    print_json,
    refuse_to_lose_scores,
    refuse_to_overwrite,
)
from eval_predict.data.checks import describe
from eval_predict.data.draw import Draw, DrawnItem
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Selection
from eval_predict.data.observed_files import read_observed
from eval_predict.data.readers import ReadOptions, read
from eval_predict.errors import UserError
from eval_predict.methods import METHODS
from eval_predict.select.budget import budget_items
from eval_predict.select.design import AdaptiveDesign

SHARED_DESIGNS = ("auto_coreset", "random_sampling")  # the default is the first that there is

Out = Annotated[
    Path | None, typer.Option(help="File of the items: .json, or .jsonl with one a line.")
]


Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        help="Print the items as a tool takes them: lm-eval (its --samples), inspect (its"
        " --sample-id), ids (one a line). --out keeps their probabilities for `predict`.",
    ),
]


@reads_scores
def select(
    scores: ScoresPath,
    options: ReadOptions,
    budget: Annotated[str, typer.Option(help="Items (50), or a share of all (0.1).")] = "50",
    design: Annotated[
        str | None, typer.Option(help="Method whose design draws; default: one coreset for all.")
    ] = None,
    seed: Seed = 0,
    out: Out = None,
    form: Format = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Which items to run for a new model, with the probability that each had of being drawn.

    Fill in the `score` of each and hand the file to `predict`, or to `next` for more items. The
    items come in random order: the first of them are a random draw too, if you stop early.
    """
    with one_line_errors(as_json, debug):
        budget_size = parse_budget(budget)
        name = design or next(name for name in SHARED_DESIGNS if name in METHODS)
        method = method_named(name, "--design")
        reading = read(scores, options)
        matrix = reading.matrix
        size = items_of_budget(budget_size, len(matrix.items))
        fitted = method.design().fit(matrix)
        rng = np.random.default_rng([seed, 0])
        notes = []
        if design is None and not as_json:  # which names the design anyway
            notes = [f"chosen: design {name}, one draw for all (choose with --design)"]
        if isinstance(fitted, AdaptiveDesign):
            first = fitted.stages(size)[0]
            if first < size:
                notes += [
                    f"{name} is adaptive: these are the first {first} of {size}; once they are"
                    f" scored, `eval-predict next --design {name} --budget {size}` draws more,"
                    " stage by stage"
                ]
            selection = fitted.select(first, rng)
        else:
            selection = fitted.select(size, rng)
        drawn = DrawReport(name, seed, size, describe(matrix), _rows(matrix, selection, 0, seed))
        refuse_to_overwrite(out, [scores])
        refuse_to_lose_scores(out)
        deliver(reading, drawn, notes, Delivery(out, form, as_json))


@reads_scores
def next_items(
    scores: ScoresPath,
    observed: Annotated[
        list[Path], typer.Option(help="Items with scores so far; may be given several times.")
    ],
    options: ReadOptions,
    batch: Annotated[
        int | None, typer.Option(min=1, help="How many more items, whatever the budget.")
    ] = None,
    budget: Annotated[
        str, typer.Option(help="Items in all; the design says how many of them come next.")
    ] = "50",
    design: Annotated[str, typer.Option(help="Method whose adaptive design draws.")] = "auto",
    model: Annotated[
        str | None, typer.Option(help="Whose rows, where the file holds several models.")
    ] = None,
    seed: Seed = 0,
    out: Out = None,
    form: Format = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Which items to run next, now that some have scores.

    When the budget is spent it prints "done", with --json {"done": true}, and ends with code 0.
    """
    with one_line_errors(as_json, debug):
        method = method_named(design, "--design")
        unfitted = method.design()
        if not isinstance(unfitted, AdaptiveDesign):
            adaptive = [
                name
                for name, method_class in METHODS.items()
                if isinstance(method_class.design(), AdaptiveDesign)
            ]
            raise UserError(
                where="--design",
                got=f'"{design}" draws all its items at once',
                expected=f"one that is adaptive: {', '.join(adaptive) or 'there is none'}",
            )
        reading = read(scores, options)
        matrix = reading.matrix
        seen, warnings = read_observed(observed, matrix, model, options)
        left = len(matrix.items) - seen.shape[1]
        notes = list(warnings)
        fitted = unfitted.fit(matrix)
        if batch is None:
            batch = _next_batch(fitted, parse_budget(budget), matrix, seen.shape[1])
        if not left or not batch:
            _say_done(seen.shape[1], as_json)
            return
        if left < batch:
            notes.append(f"only {left} items are left")
        stage = int(seen.stage_n[-1]) + 1
        # A stream a stage, so that one seed serves `select` and each `next`.
        rng = np.random.default_rng([seed, stage])
        selection = fitted.next(seen, min(batch, left), rng)
        size = min(batch, left)
        rows = _rows(matrix, selection, stage, seed)
        drawn = DrawReport(design, seed, size, describe(matrix), rows)
        refuse_to_overwrite(out, [scores, *observed])
        refuse_to_lose_scores(out)
        deliver(reading, drawn, notes, Delivery(out, form, as_json))


def _next_batch(design: AdaptiveDesign, budget: float, matrix: ScoreMatrix, seen: int) -> int:
    """Items still to be run up to the end of the next stage of this budget; 0 for none."""
    size = items_of_budget(budget, len(matrix.items))
    reached = np.cumsum(design.stages(size))
    later = reached[reached > seen]
    return int(later[0]) - seen if later.size else 0


def _say_done(seen: int, as_json: bool) -> None:
    """Print that the budget is spent and end with code 0, so that a shell loop can stop."""
    if as_json:
        print_json({"done": True, "observed": seen, "items": []})
    else:
        typer.echo("done")
        typer.echo(f"{seen} items have scores, as many as the budget has", err=True)


def parse_budget(text: str) -> float:
    """A number of items as int, a share of all as float.

    Raises:
        UserError: (a ValueError) on anything else.
    """
    try:
        budget = float(text) if not text.isdecimal() else int(text)
    except ValueError:
        budget = math.nan
    if (isinstance(budget, int) and budget >= 1) or (isinstance(budget, float) and 0 < budget <= 1):
        return budget
    raise UserError(
        where="--budget",
        got=f'"{text}"',
        expected="a number of items such as 50, or a share of them such as 0.1",
    )


def items_of_budget(budget: float, num_items: int) -> int:
    """The number of items of a budget.

    Raises:
        UserError: (a ValueError) on more items than there are.
    """
    if isinstance(budget, int) and budget > num_items:
        raise UserError(
            where="--budget",
            got=f"{budget:,} items",
            expected=f"at most the {num_items:,} that these scores have",
            fix="Ask for fewer; with all of them there is nothing to predict.",
        )
    return budget_items(budget, num_items)


def _rows(
    matrix: ScoreMatrix, selection: Selection, stage: int, seed: int
) -> tuple[DrawnItem, ...]:
    """A row for each item in random order, so that the first rows are a random draw too."""
    return Draw.of(selection, matrix, np.random.default_rng([seed, stage, 1])).rows(stage)
