"""Whether the next round begins, and which round is the run's result."""

from dataclasses import dataclass

from eval_predict.stats.difference import paired_difference
from iwsi.errors import InternalError
from iwsi.evaluation.gate import Decision, decide
from iwsi.files import write_json
from iwsi.recipe import Recipe
from iwsi.rounds.context import Context, Info
from iwsi.rounds.layout import ForecastFiles, RoundFiles
from iwsi.rounds.reports import ForecastReport
from iwsi.rounds.stage import Kind, Stage

LEVEL = 0.9  # of the gain's interval where the gate goes by full tests


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The round's forecast, or the full tests of all rounds so far; and the earlier decisions."""

    forecast: str | None
    results: tuple[str, ...]
    earlier: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The decision."""

    decision: str


def _run(context: Context, inputs: Inputs, outputs: Outputs) -> Info:
    settings = context.recipe.gate
    if settings is None:
        raise InternalError(f"{context.name} without gate settings")
    earlier = [Decision.from_dict(context.read_json(path)) for path in inputs.earlier]
    if inputs.forecast is None:
        scores = [context.read(path, ["score"])["score"].to_numpy() for path in inputs.results]
        gain = paired_difference(scores[-1], scores[-2], LEVEL)
        over_base = float((scores[-1] - scores[0]).mean())
        by = "full tests"
    else:
        report = ForecastReport.from_dict(context.read_json(inputs.forecast))
        if report.gain_alone is None or report.gain_over_base is None:
            raise InternalError(f"{context.name} after a forecast without a gain")
        gain, over_base = report.gain_alone, report.gain_over_base.value
        by = "its own items"
    decision = decide(settings, context.round, gain, over_base, earlier, by)
    write_json(context.path(outputs.decision), decision.to_dict())
    return {}


KIND = Kind(
    name="gate",
    stream=8,
    inputs=Inputs,
    outputs=Outputs,
    run=_run,
    depends_on=("gate",),
    process="loop",
)


def stage(recipe: Recipe, number: int) -> Stage[Inputs, Outputs]:
    """That of a round."""
    by_tests = recipe.test.full == "every"
    files = RoundFiles.of(number)
    results = tuple(RoundFiles.of(before).results for before in range(number + 1))
    inputs = Inputs(
        forecast=None if by_tests else ForecastFiles.of(files.folder).report,
        results=results if by_tests else (),
        earlier=tuple(RoundFiles.of(before).gate for before in range(1, number)),
    )
    return Stage(KIND, number, inputs, Outputs(decision=files.gate))
