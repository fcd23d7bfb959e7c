"""`eval-predict plan`: how many items it takes."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import numpy as np
import typer

from eval_predict.commands.items import items_of_budget, parse_budget
from eval_predict.commands.reading import reads_scores, say
from eval_predict.commands.shared import (
    AsJson,
    Debug,
    Level,
    ScoresPath,
    Seed,
    method_named,
    one_line_errors,
    print_json,
)
from eval_predict.data.readers import Reading, ReadOptions, read
from eval_predict.errors import UserError
from eval_predict.items.efficiency import error_ratio
from eval_predict.stats.sample_size import (
    difference_variance,
    items_for_width,
    items_to_detect,
    plan_of,
    score_variance,
)

_POINTS = 100.0
_BASELINE = "random_sampling"
_ITEMS = 50  # what is planned for, and measured with, where nothing is asked


@dataclass(frozen=True, slots=True)
class PlanReport:
    """How many items it takes, and what they are good for.

    Attributes:
        items: to be run.
        of: that the benchmark has.
        half_width: of the interval, in `unit`.
        detectable: the difference that is found with probability `power`, in `unit`.
        power: probability of finding that difference.
        level: coverage of the interval.
        paired: whether both models run the same items.
        method: that will estimate the score.
        error_ratio: its squared error as a multiple of that of a random sample's mean.
        cost: of the items, None where one item's is not known.
        unit: hundredths of the metric's scale.
    """

    items: int
    of: int
    half_width: float
    detectable: float
    power: float
    level: float
    paired: bool
    method: str
    error_ratio: float
    cost: float | None
    unit: str = "points"


@reads_scores
def plan(
    scores: ScoresPath,
    options: ReadOptions,
    detect: Annotated[
        float | None,
        typer.Option(help="Difference to detect, in points (hundredths of the metric's scale)."),
    ] = None,
    half_width: Annotated[
        float | None, typer.Option(help="Half-width that the interval may have, in points.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option(help="Items (50), or a share (0.1), whose precision is wanted.")
    ] = None,
    power: Annotated[float, typer.Option(help="Probability of finding the difference.")] = 0.8,
    paired: Annotated[
        bool, typer.Option("--paired", help="Both models run the same items.")
    ] = False,
    method: Annotated[
        str, typer.Option(help="Method that will estimate the score; its gain is measured here.")
    ] = _BASELINE,
    cost: Annotated[
        float | None, typer.Option(min=0, help="Cost of one item, in any currency.")
    ] = None,
    level: Level = 0.95,
    seed: Seed = 0,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """How many items a new model needs, by the variance of the models that were run.

    Answers --detect, --half-width or --budget; by default, what 50 items are good for. Two models
    are compared on items of their own, or on the same items with --paired. With --method each
    model of the history is predicted from the others to see how much less its error is than that
    of the mean of a random sample.
    """
    with one_line_errors(as_json, debug):
        _check(power, level, [detect, half_width, budget], paired, method)
        reading = read(scores, options)
        rng = np.random.default_rng([seed, 0])
        scale = reading.scale
        point = (scale.high - scale.low) / _POINTS
        of = len(reading.items)
        scores_MN = reading.matrix.dense_MN()
        if paired:
            variance = difference_variance(scores_MN, rng)
        else:
            # The difference of two estimates from items of their own has both their errors.
            variance = score_variance(scores_MN) * (2 if detect is not None else 1)
        ratio = 1.0 if method == _BASELINE else _ratio(reading, method, budget, rng)
        variance *= ratio
        if detect is not None:
            items = items_to_detect(variance, detect * point, of, level, power)
        elif half_width is not None:
            items = items_for_width(variance, half_width * point, of, level)
        else:
            items = _budget(budget, of)
        found = plan_of(variance, items, of, level, power)
        report = PlanReport(
            items=found.items,
            of=of,
            half_width=found.half_width / point,
            detectable=found.detectable / point,
            power=power,
            level=level,
            paired=paired,
            method=method,
            error_ratio=ratio,
            cost=None if cost is None else cost * found.items,
        )
        assumed = _assumed(reading, detect, half_width, budget, method)
        if as_json:
            print_json({**asdict(report), "assumed": assumed, "reading": reading.to_dict()})
        else:
            say(reading)
            for sentence in assumed:
                typer.echo(f"chosen: {sentence}", err=True)
            _print(report, detect)


def _check(power: float, level: float, goals: list[Any], paired: bool, method: str) -> None:
    if not 0.5 < power < 1:
        raise UserError(where="--power", got=power, expected="a number between 0.5 and 1")
    if not 0 < level < 1:
        raise UserError(where="--level", got=level, expected="a number between 0 and 1")
    if sum(goal is not None for goal in goals) > 1:
        raise UserError(
            where="plan",
            got="several of --detect, --half-width and --budget",
            expected="one of them",
        )
    if paired and method != _BASELINE:
        raise UserError(
            where="--method",
            got=f'"{method}" with --paired',
            expected="one of both: methods estimate a single model",
            fix="Leave --method out: the paired difference is taken as it is.",
        )


def _ratio(reading: Reading, method: str, budget: str | None, rng: np.random.Generator) -> float:
    method_class = method_named(method, "--method")
    size = _budget(budget, len(reading.items))
    return error_ratio(reading.matrix, method_class, size, rng)


def _budget(budget: str | None, of: int) -> int:
    return min(_ITEMS, of) if budget is None else items_of_budget(parse_budget(budget), of)


def _assumed(
    reading: Reading,
    detect: float | None,
    half_width: float | None,
    budget: str | None,
    method: str,
) -> list[str]:
    """The assumptions for options that were not given."""
    items = _budget(None, len(reading.items))
    if budget is not None:
        return []
    if detect is None and half_width is None:
        return [f"{items} items (choose with --budget, --detect or --half-width)"]
    if method != _BASELINE:
        return [f"{method}'s efficiency as measured with {items} items"]
    return []


def _print(report: PlanReport, detect: float | None) -> None:
    paired = " on the same items" if report.paired else ""
    typer.echo(f"{report.items:,} of {report.of:,} items ({report.method})")
    width = "difference" if report.paired or detect is not None else "score"
    typer.echo(f"interval of the {width}: ± {report.half_width:.2f} points")
    typer.echo(
        f"detects {report.detectable:.2f} points{paired} with power {report.power:g}"
        f" at level {report.level:g}"
    )
    if report.error_ratio != 1:
        typer.echo(
            f"{report.method}'s squared error is {report.error_ratio:.2f} times that of a"
            " random sample's mean on this history"
        )
    if report.cost is not None:
        typer.echo(f"cost: {report.cost:.2f}")
