"""The protocol that measures forecasts, on rounds whose full results are known."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from time import perf_counter
from zlib import crc32

import numpy as np

from eval_predict.bench.gain_results import GainRow, Outcome, Test, gain_row
from eval_predict.bench.gain_sequences import round_sequences, unrelated_models
from eval_predict.bench.runner import Progress
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.errors import UserError
from eval_predict.gain.forecaster import MIN_BUDGET, EarlierRound, Forecaster, ItemFeatures
from eval_predict.irt.factor_model import Floats
from eval_predict.select.budget import budget_items

TESTS: tuple[Test, ...] = ("every", "final")
BASELINE = "paired_sample"
METHODS = (BASELINE, "paired_dr", "auto")


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

    The forecaster is given only what was run: the base in full and, of each later round, the items
    of its forecast, or under `every` all items afterwards.

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
            selection = forecaster.next(observed, count, rng)
            observed = (
                observed.extend(selection, truth_N[None])
                if observed
                else Observed.of(selection, truth_N[None])
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


def run_gain_bench(
    matrices: Mapping[str, ScoreMatrix],
    methods: Sequence[str] = METHODS,
    budget: float = 0.1,
    seed: int = 0,
    repeats: int = 1,
    rising: bool = True,
    tests: Sequence[Test] = TESTS,
    with_history: Sequence[bool] = (True, False),
    features: Mapping[str, ItemFeatures] | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> list[GainRow]:
    """Forecast pseudo rounds by every method and setting; the baseline is always among them.

    Args:
        matrices: tables of models, or the rounds of runs, by name.
        methods: names of `GAIN_METHODS`.
        budget: items a round (int), or a share of them (float); at least 5 items.
        seed: of the sequences and draws; a draw depends on no other method or benchmark.
        repeats: sequences a base model, or draws a run.
        rising: whether a base model's models follow by mean score, or at random after the weakest.
        tests: settings to try.
        with_history: whether unrelated models' scores are given, one or both.
        features: of a benchmark's items, by its name.
        progress: called after each sequence.

    Raises:
        UserError: (a ValueError) where no table has rounds.
    """
    rows: list[GainRow] = []
    names = tuple(dict.fromkeys((BASELINE, *methods)))
    for benchmark, matrix in matrices.items():
        items = max(MIN_BUDGET, budget_items(budget, len(matrix.items)))
        sequences = round_sequences(matrix, seed, repeats, rising)
        outcomes: dict[tuple[Test, bool, str], list[Outcome]] = {}
        # One object a base model: fitted models are cached by its identity.
        others_by_base = {
            base: unrelated_models(matrix, base) for _, base in sequences if base is not None
        }
        for number, sequence in enumerate(sequences):
            truth_RN = matrix.take_models(sequence.models_R).dense_MN()
            others = (
                others_by_base[sequence.base_model] if sequence.base_model is not None else None
            )
            for use_history, test, method in product(with_history, tests, names):
                given = others if use_history else None
                if use_history and given is None:
                    continue
                key = crc32(f"{benchmark}/{test}".encode())
                outcomes.setdefault((test, use_history, method), []).extend(
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
            gain_row(benchmark, *setting, found, outcomes[(*setting[:2], BASELINE)])
            for setting, found in outcomes.items()
        ]
    if not rows:
        raise UserError(
            where="gain-bench",
            got="no rounds in these tables",
            expected="a run's rounds, or five models of one base model",
        )
    return rows


def _all_items(scores_N: Floats) -> Observed:
    N = scores_N.size
    return Observed(np.arange(N)[None], scores_N[None], np.ones((1, N)), np.zeros(N, dtype=np.intp))
