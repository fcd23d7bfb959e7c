"""The protocol that measures forecasts, on rounds whose full results are known."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import product
from time import perf_counter
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from eval_predict.bench.gain_results import GainRow, Outcome, Test, gain_row
from eval_predict.bench.gain_sequences import round_sequences, unrelated_models
from eval_predict.bench.gain_worlds import WORLDS
from eval_predict.bench.runner import Progress
from eval_predict.data.matrix import ScoreMatrix
from eval_predict.data.observed import Observed
from eval_predict.errors import UserError, unknown_name
from eval_predict.gain.forecaster import MIN_BUDGET, ArrayForecaster, EarlierRound, ItemFeatures
from eval_predict.irt.factor_model import Floats
from eval_predict.select.budget import budget_items

_Setting = tuple[str, Test, bool, str]

TESTS: tuple[Test, ...] = ("every", "final")
BASELINE = "paired_sample"
METHODS = (BASELINE, "paired_dr", "auto")


def play_rounds(
    scores_RN: Floats,
    make: Callable[[], ArrayForecaster],
    test: Test,
    budget: int,
    rng: np.random.Generator,
    history: ScoreMatrix | None = None,
    features: ItemFeatures | None = None,
    first: int = 1,
) -> Iterator[Outcome]:
    """Run rounds 1 to R − 1 one after another, and forecast them from the first on.

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
        first: the first round to forecast.
    """
    N = scores_RN.shape[1]
    earlier = [EarlierRound("round-0", _all_items(scores_RN[0]))]
    for number, truth_N in enumerate(scores_RN[1:], start=1):
        full = EarlierRound(f"round-{number}", _all_items(truth_N))
        if test == "every" and number < first:
            earlier.append(full)
            continue
        began = perf_counter()
        forecaster = make().fit(N, earlier, history=history, features=features)
        observed = _run_items(forecaster, truth_N, budget, rng)
        if number >= first:
            forecast = forecaster.forecast(observed)
            mean = float(truth_N.mean())
            yield Outcome(
                mean - float(scores_RN[number - 1].mean()),
                mean - float(scores_RN[0].mean()),
                forecast,
                perf_counter() - began,
            )
        earlier.append(full if test == "every" else EarlierRound(full.name, observed))


def run_gain_bench(
    matrices: Mapping[str, ScoreMatrix],
    methods: Sequence[str] = METHODS,
    budget: float = 0.1,
    seed: int = 0,
    repeats: int = 1,
    rising: bool = True,
    tests: Sequence[Test] = TESTS,
    worlds: Sequence[str] = tuple(WORLDS),
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
        worlds: names of `WORLDS`.
        with_history: whether unrelated models' scores are given, one or both.
        features: of a benchmark's items, by its name.
        progress: called after each sequence.

    Raises:
        UserError: (a ValueError) where no table has rounds, and on an unknown world.
    """
    rows: list[GainRow] = []
    for world in worlds:
        if world not in WORLDS:
            raise unknown_name("world", world, WORLDS)
    names = tuple(dict.fromkeys((BASELINE, *methods)))
    for benchmark, matrix in matrices.items():
        items = max(MIN_BUDGET, budget_items(budget, len(matrix.items)))
        sequences = round_sequences(matrix, seed, repeats, rising)
        outcomes: dict[_Setting, list[Outcome]] = {}
        # One object a base model: fitted models are cached by its identity.
        others_by_base = {
            base: unrelated_models(matrix, base) for _, base in sequences if base is not None
        }
        for number, sequence in enumerate(sequences):
            base = sequence.base_model
            others = others_by_base[base] if base is not None else None
            for world in worlds:
                played = _in_world(world, matrix, sequence.models_R, [seed, number])
                if played is None:
                    continue
                for use_history, test, method in product(with_history, tests, names):
                    if use_history and others is None:
                        continue
                    key = crc32(f"{benchmark}/{test}".encode())
                    outcomes.setdefault((world, test, use_history, method), []).extend(
                        play_rounds(
                            played.scores_RN,
                            partial(ArrayForecaster, method=method),
                            test,
                            items,
                            np.random.default_rng([seed, number, key]),
                            others if use_history else None,
                            (features or {}).get(benchmark),
                            played.first,
                        )
                    )
            if progress:
                progress(Progress(number + 1, len(sequences), benchmark))
        rows += [
            gain_row(benchmark, *setting, found, outcomes[(*setting[:3], BASELINE)])
            for setting, found in sorted(outcomes.items(), key=lambda item: _order(item[0], names))
        ]
    if not rows:
        raise UserError(
            where="gain-bench",
            got="no rounds in these tables",
            expected="a run's rounds, or five models of one base model",
        )
    return rows


class _Played(NamedTuple):
    scores_RN: Floats
    first: int  # round that is forecast


def _in_world(
    world: str, matrix: ScoreMatrix, models_R: NDArray[np.intp], seeds: list[int]
) -> _Played | None:
    """The real rounds, or a part of them followed by a made one; None where it cannot be made."""
    scores_RN = matrix.take_models(models_R).dense_MN()
    make = WORLDS[world]
    if make is None:
        return _Played(scores_RN, 1)
    rng = np.random.default_rng([*seeds, list(WORLDS).index(world)])
    last = int(rng.integers(1, len(scores_RN)))
    made_N = make(scores_RN[last], matrix.dense_MN(), rng)
    if made_N is None:
        return None
    return _Played(np.vstack([scores_RN[: last + 1], made_N]), last + 1)


def _order(setting: _Setting, names: Sequence[str]) -> tuple[int, int, int, int]:
    """Made worlds first, with a history first, the baseline first."""
    world, test, use_history, method = setting
    return (list(WORLDS).index(world), -use_history, TESTS.index(test), names.index(method))


def _run_items(
    forecaster: ArrayForecaster, truth_N: Floats, budget: int, rng: np.random.Generator
) -> Observed:
    observed: Observed | None = None
    for count in forecaster.stages(budget):
        selection = forecaster.next(observed, count, rng)
        scores_TN = truth_N[None]
        observed = (
            observed.extend(selection, scores_TN) if observed else Observed.of(selection, scores_TN)
        )
    assert observed is not None  # noqa: S101  (for mypy: a budget has at least one stage)
    return observed


def _all_items(scores_N: Floats) -> Observed:
    N = scores_N.size
    return Observed(np.arange(N)[None], scores_N[None], np.ones((1, N)), np.zeros(N, dtype=np.intp))
