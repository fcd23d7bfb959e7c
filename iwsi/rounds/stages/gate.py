"""Whether the next round begins, and which round is the run's result."""

from dataclasses import dataclass
from itertools import pairwise

from eval_predict.stats.difference import paired_difference
from iwsi.errors import InternalError
from iwsi.evaluation.diversity import RoundDiversity
from iwsi.evaluation.gate import Decision, decide, with_outlook
from iwsi.evaluation.next_gain import RoundFacts, finished_rounds, next_gain, standard_error
from iwsi.files import write_json
from iwsi.recipe import Recipe
from iwsi.rounds.context import Context, Info
from iwsi.rounds.layout import ForecastFiles, RoundFiles
from iwsi.rounds.reports import ForecastReport
from iwsi.rounds.stage import Kind, Stage

LEVEL = 0.9  # of the gain's interval where the gate goes by full tests


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The round's forecast, or the full tests of all rounds so far; and the earlier decisions.

    Where the next round is forecast, `diversities` and `forecasts` are those of rounds 1 to this
    one; round 1's gain is not learnt from, since no votes came before it.
    """

    forecast: str | None
    results: tuple[str, ...]
    earlier: tuple[str, ...]
    diversities: tuple[str, ...]
    forecasts: tuple[str, ...]


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
    if inputs.diversities:
        rounds = _facts(context, inputs)
        upcoming = rounds[-1].upcoming("run", len(rounds))
        if upcoming is not None:
            outlook = next_gain(upcoming, finished_rounds("run", rounds))
            decision = with_outlook(settings, decision, outlook)
    write_json(context.path(outputs.decision), decision.to_dict())
    return {}


def _facts(context: Context, inputs: Inputs) -> list[RoundFacts]:
    """The rounds so far, round 0 first."""
    found = [RoundDiversity.from_dict(context.read_json(path)) for path in inputs.diversities]
    if inputs.results:
        scores = [context.read(path, ["score"])["score"].to_numpy() for path in inputs.results]
        means = [float(score_N.mean()) for score_N in scores]
        gains = [after - before for before, after in pairwise(means)]
        rest = [
            RoundFacts(mean, gain, 0.0, row)
            for mean, gain, row in zip(means[1:], gains, found, strict=True)
        ]
        return [RoundFacts(means[0], None, 0.0, None), *rest]
    rounds = [RoundFacts(None, None, 0.0, None)]
    for path, row in zip(inputs.forecasts, found, strict=True):
        report = ForecastReport.from_dict(context.read_json(path))
        gain = report.gain_over_previous
        error = standard_error(gain) if gain else 0.0
        rounds.append(RoundFacts(report.score.value, gain.value if gain else None, error, row))
    return rounds


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
    """The stage of one round."""
    by_tests = recipe.test.full == "every"
    files = RoundFiles.of(number)
    results = tuple(RoundFiles.of(before).results for before in range(number + 1))
    asks = recipe.gate is not None and recipe.gate.min_next_gain is not None
    rounds = [RoundFiles.of(before) for before in range(1, number + 1)]
    diversities = tuple(row.diversity for row in rounds) if asks else ()
    forecasts = tuple(ForecastFiles.of(row.folder).report for row in rounds)
    inputs = Inputs(
        forecast=None if by_tests else ForecastFiles.of(files.folder).report,
        results=results if by_tests else (),
        earlier=tuple(RoundFiles.of(before).gate for before in range(1, number)),
        diversities=diversities,
        forecasts=() if by_tests or not diversities else forecasts,
    )
    return Stage(KIND, number, inputs, Outputs(decision=files.gate))
