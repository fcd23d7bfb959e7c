"""The protocol that judges forecasts: rounds whose full results are known, run a few items each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from time import perf_counter
from typing import Literal
from zlib import crc32

import numpy as np

from eval_predict.benchmark import Progress, budget_items
from eval_predict.errors import UserError
from eval_predict.estimate import Estimate
from eval_predict.factor_model import Floats
from eval_predict.gain.families import round_sequences, strangers
from eval_predict.gain.forecast import Forecast
from eval_predict.gain.forecaster import MIN_BUDGET, EarlierRound, Forecaster, ItemFeatures
from eval_predict.matrix import ScoreMatrix
from eval_predict.observed import Observed

Test = Literal["every", "final"]
TESTS: tuple[Test, ...] = ("every", "final")
YARDSTICK = "paired_sample"
METHODS = (YARDSTICK, "paired_dr", "auto")
CONFIDENCE = 0.8  # of the gate
CLEAR = 0.02  # a gain or loss that a decision should see
_ROUNDING = 1e-9  # an interval without width still covers a truth that was summed in another order


@dataclass(frozen=True, slots=True)
class Outcome:
    """One round's forecast beside the truth.

    Attributes:
        gain: over the previous round, in [-1, 1].
        gain_over_base: over the base.
        forecast: what was said of them.
        seconds: fit, choice of items and forecast, without running them.
    """

    gain: float
    gain_over_base: float
    forecast: Forecast
    seconds: float


def play_rounds(
    scores_RN: Floats,
    make: Callable[[], Forecaster],
    test: Test,
    budget: int,
    rng: np.random.Generator,
    history: ScoreMatrix | None = None,
    features: ItemFeatures | None = None,
) -> Iterator[Outcome]:
    """Forecast rounds 1 to R − 1 one after another.

    The forecaster is given what it asked for and nothing else: the base in full, of each later
    round what its own forecast ran, or all of it afterwards under `every`.

    Args:
        scores_RN: (R, N) the full results, the base first.
        make: a new forecaster.
        test: whether each round is run in full after its forecast, or only the base is.
        budget: items a round.
        rng: of the draws.
        history: other models, none of them related to the rounds.
        features: of the items.
    """
    N = scores_RN.shape[1]
    earlier = [EarlierRound("round-0", _all_items(scores_RN[0]))]
    for number, truth_N in enumerate(scores_RN[1:], start=1):
        began = perf_counter()
        forecaster = make().fit(N, earlier, history=history, features=features)
        observed: Observed | None = None
        for count in forecaster.stages(budget):
            chosen = forecaster.next(observed, count, rng)
            observed = (
                observed.extend(chosen, truth_N[None])
                if observed
                else Observed.of(chosen, truth_N[None])
            )
        assert observed is not None  # noqa: S101  (for mypy: a budget has at least one stage)
        forecast = forecaster.forecast(observed)
        seconds = perf_counter() - began
        mean = float(truth_N.mean())
        yield Outcome(
            mean - float(scores_RN[number - 1].mean()),
            mean - float(scores_RN[0].mean()),
            forecast,
            seconds,
        )
        full = _all_items(truth_N) if test == "every" else observed
        earlier.append(EarlierRound(f"round-{number}", full))


@dataclass(frozen=True, slots=True)
class GainRow:
    """How one method did on one benchmark's rounds; errors in points of 100.

    Attributes:
        benchmark: its name.
        test: which earlier rounds were known in full: `every`, or `final` (the base alone).
        history: whether strangers' scores were given.
        method: its name.
        rounds: forecasts made.
        mae_previous: mean absolute error of the gain over the previous round.
        mae_base: of the gain over the base.
        ratio_previous: `mae_previous` by that of the yardstick in the same setting.
        ratio_base: likewise.
        coverage_previous: share of the intervals that hold the gain over the previous round.
        coverage_base: likewise, over the base.
        width_previous: mean width of the former, in points.
        passed: of the rounds with a true gain above 2 points, the share that the gate lets pass.
        gains: how many those are.
        stopped: of the rounds with a true loss above 2 points, the share that the gate counts
            against the run; None where there are none.
        losses: how many those are.
        sign: share of rounds whose predicted gain has the true one's sign.
        seconds: a forecast takes, items not run.
    """

    benchmark: str
    test: Test
    history: bool
    method: str
    rounds: int
    mae_previous: float
    mae_base: float
    ratio_previous: float | None
    ratio_base: float | None
    coverage_previous: float
    coverage_base: float
    width_previous: float
    passed: float | None
    gains: int
    stopped: float | None
    losses: int
    sign: float
    seconds: float


def run_gain_bench(
    matrices: Mapping[str, ScoreMatrix],
    methods: Sequence[str] = METHODS,
    budget: float = 0.1,
    seed: int = 0,
    repeats: int = 2,
    tests: Sequence[Test] = TESTS,
    with_history: Sequence[bool] = (True, False),
    features: Mapping[str, ItemFeatures] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> list[GainRow]:
    """Forecast pseudo rounds by every method and setting; the yardstick always takes part.

    Args:
        matrices: tables of models, or the rounds of runs, by name.
        methods: names of `GAIN_METHODS`.
        budget: items a round (int), or a share of them (float); at least 5 items.
        seed: of the sequences and draws; a draw depends on no other method or benchmark.
        repeats: sequences a family.
        tests: settings to try.
        with_history: whether strangers' scores are given, one or both.
        features: of a benchmark's items, by its name.
        progress: told after each sequence.

    Raises:
        UserError: (a ValueError) where no table has rounds.
    """
    rows: list[GainRow] = []
    names = tuple(dict.fromkeys((YARDSTICK, *methods)))
    for benchmark, matrix in matrices.items():
        items = max(MIN_BUDGET, budget_items(budget, len(matrix.items)))
        sequences = round_sequences(matrix, seed, repeats)
        outcomes: dict[tuple[Test, bool, str], list[Outcome]] = {}
        for number, sequence_r in enumerate(sequences):
            truth_RN = matrix.take_models(sequence_r).dense_MN()
            others = strangers(matrix, sequence_r)
            for wanted, test, method in product(with_history, tests, names):
                given = others if wanted else None
                if wanted and given is None:
                    continue
                key = crc32(f"{benchmark}/{test}".encode())
                outcomes.setdefault((test, wanted, method), []).extend(
                    play_rounds(
                        truth_RN,
                        partial(Forecaster, method=method),
                        test,
                        items,
                        np.random.default_rng([seed, number, key]),
                        given,
                        (features or {}).get(benchmark),
                    )
                )
            if progress:
                progress(Progress(number + 1, len(sequences), benchmark))
        rows += [
            _row(benchmark, *setting, found, outcomes[(*setting[:2], YARDSTICK)])
            for setting, found in outcomes.items()
        ]
    if not rows:
        raise UserError(
            where="gain-bench",
            got="no rounds in these tables",
            expected="a run's rounds, or five models of one family",
        )
    return rows


def _row(
    benchmark: str,
    test: Test,
    history: bool,
    method: str,
    outcomes: Sequence[Outcome],
    yardstick: Sequence[Outcome],
) -> GainRow:
    truth_E = np.array([outcome.gain for outcome in outcomes])
    previous = [outcome.forecast.gain_over_previous for outcome in outcomes]
    gained_E, lost_E = truth_E > CLEAR, truth_E < -CLEAR
    chance_E = np.array([o.forecast.chance_above("previous", 0.0) for o in outcomes])
    passes_E = chance_E >= 1 - CONFIDENCE
    value_E = np.array([estimate.value for estimate in previous])
    mae, yard = _errors(outcomes), _errors(yardstick)
    return GainRow(
        benchmark=benchmark,
        test=test,
        history=history,
        method=method,
        rounds=len(outcomes),
        mae_previous=mae[0],
        mae_base=mae[1],
        ratio_previous=mae[0] / yard[0] if yard[0] else None,
        ratio_base=mae[1] / yard[1] if yard[1] else None,
        coverage_previous=float(
            np.mean([_holds(o.forecast.gain_over_previous, o.gain) for o in outcomes])
        ),
        coverage_base=float(
            np.mean([_holds(o.forecast.gain_over_base, o.gain_over_base) for o in outcomes])
        ),
        width_previous=100
        * float(np.mean([estimate.high - estimate.low for estimate in previous])),
        passed=float(passes_E[gained_E].mean()) if gained_E.any() else None,
        gains=int(gained_E.sum()),
        stopped=float((~passes_E[lost_E]).mean()) if lost_E.any() else None,
        losses=int(lost_E.sum()),
        sign=float((np.sign(value_E) == np.sign(truth_E)).mean()),
        seconds=float(np.mean([outcome.seconds for outcome in outcomes])),
    )


def _errors(outcomes: Sequence[Outcome]) -> tuple[float, float]:
    previous = [abs(o.forecast.gain_over_previous.value - o.gain) for o in outcomes]
    base = [abs(o.forecast.gain_over_base.value - o.gain_over_base) for o in outcomes]
    return 100 * float(np.mean(previous)), 100 * float(np.mean(base))


def _holds(estimate: Estimate, truth: float) -> bool:
    return estimate.low - _ROUNDING <= truth <= estimate.high + _ROUNDING


def _all_items(scores_N: Floats) -> Observed:
    N = scores_N.size
    return Observed(np.arange(N)[None], scores_N[None], np.ones((1, N)), np.zeros(N, dtype=np.intp))
