"""How well the next round's gain is foretold, on rounds of runs that did not fit the forecast.

    python scripts/benches/next_gain.py RUN RUN … [--real FOLDER …] [--confidence 0.8] [--json]

Each RUN is a run directory with an audit and several rounds (`test.full=every`, `gate=null`). A
round is forecast from the rounds before it in its run, and from all rounds of the other runs. A
FOLDER is one of a task and seed that `scripts/real_study.py` wrote: its arms are rounds after one
warm start, and none of them is forecast from another.

- coverage: share of rounds whose gain lies in the 90% interval
- found: of rounds that gained less than a point, the share that a gate with `min_next_gain: 0.02`
  would not have begun
- stopped: of rounds that gained two points or more, the share that it would not have begun
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from iwsi.evaluation.next_gain import (
    FinishedRound,
    UpcomingRound,
    finished_rounds,
    next_gain,
    stops,
)
from iwsi.rounds.ledger import Ledger
from iwsi.rounds.next_round import facts
from iwsi.rounds.run_dir import read_recipe
from iwsi.rounds.summary import summarise

WORTH, GOOD = 0.01, 0.02
LEVEL = 0.9


@dataclass(frozen=True, slots=True)
class Judged:
    """One round: what was foretold, and what came."""

    run: str
    number: int
    headroom: float
    value: float
    low: float
    high: float
    gain: float
    stopped: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Over all rounds; None where there are none of a sort."""

    rounds: int
    runs: int
    coverage: float
    width: float
    worthless: int
    found: float | None
    good: int
    stopped: float | None


def judge(rounds: Sequence[FinishedRound], confidence: float) -> list[Judged]:
    """Each round, forecast without it and without later ones of its run."""
    judged = []
    for row in rounds:
        others = [one for one in rounds if one.before.run != row.before.run]
        others += [
            one
            for one in rounds
            if one.before.run == row.before.run and one.before.number < row.before.number
        ]
        distribution = next_gain(row.before, others)
        estimate = distribution.estimate(LEVEL)
        judged.append(
            Judged(
                row.before.run,
                row.before.number,
                row.before.headroom,
                estimate.value,
                estimate.low,
                estimate.high,
                row.gain,
                stops(distribution, GOOD, confidence),
            )
        )
    return judged


def verdict(judged: Sequence[Judged]) -> Verdict:
    """What `judge` comes to."""
    worthless = [row.stopped for row in judged if row.gain < WORTH]
    good = [row.stopped for row in judged if row.gain >= GOOD]
    return Verdict(
        rounds=len(judged),
        runs=len({row.run for row in judged}),
        coverage=_share([row.low <= row.gain <= row.high for row in judged]) or 0.0,
        width=sum(row.high - row.low for row in judged) / max(len(judged), 1),
        worthless=len(worthless),
        found=_share(worthless),
        good=len(good),
        stopped=_share(good),
    )


def rounds_of(root: Path) -> list[FinishedRound]:
    """The rounds of a run directory that can be judged."""
    summary = summarise(root, read_recipe(root), Ledger(root))
    return finished_rounds(root.name, facts(summary))


def real_rounds(folder: Path) -> list[FinishedRound]:
    """The arms of a task and seed, but for those that the labels chose."""
    before = _accuracy(folder / "warm.json")
    majority = float(pq.read_table(folder / "audit.parquet")["right"].to_numpy().mean())
    # Shares of the vote are exact there: no question is unanimous.
    upcoming = UpcomingRound(folder.name, 1, before, majority, 0.0)
    return [
        FinishedRound(upcoming, _accuracy(path) - before)
        for path in sorted(folder.glob("round-*.json"))
        if path.stem != "round-oracle"
    ]


def _accuracy(path: Path) -> float:
    return float(np.mean(json.loads(path.read_text(encoding="utf-8"))["test"]))


def _share(flags: Sequence[bool]) -> float | None:
    return sum(flags) / len(flags) if flags else None


def main() -> None:
    """Print a row a round and the verdict, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", nargs="*", type=Path)
    parser.add_argument("--real", nargs="*", type=Path, default=[])
    parser.add_argument("--confidence", type=float, default=0.8, help="as gate.confidence")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rounds = [row for root in options.runs for row in rounds_of(root)]
    rounds += [row for folder in options.real for row in real_rounds(folder)]
    judged = judge(rounds, options.confidence)
    found = verdict(judged)
    if options.json:
        result = {"rounds": [asdict(row) for row in judged], "verdict": asdict(found)}
        sys.stdout.write(json.dumps(result) + "\n")
        return
    for row in judged:
        print(
            f"{row.run:16} round {row.number}: headroom {100 * row.headroom:+6.1f}, foretold "
            f"{100 * row.value:+6.1f} [{100 * row.low:+6.1f}, {100 * row.high:+6.1f}], came "
            f"{100 * row.gain:+6.1f}{', not begun' if row.stopped else ''}"
        )
    print(found)


if __name__ == "__main__":
    main()
