"""How well the next round's gain is foretold, on rounds of runs that did not fit the forecast.

    python scripts/benches/next_gain.py RUN RUN … [--real FOLDER …] [--arms FOLDER …] [--by votes]

Each RUN is a run directory with an audit and several rounds (`test.full=every`, `gate=null`). A
round is forecast from the rounds before it in its run, and from all rounds of the other runs. A
FOLDER is one of a task and seed that `scripts/real_study.py` wrote: its arms are rounds after one
warm start, and none of them is forecast from another. A FOLDER of arms is the same for run
directories side by side, such as a seed's of `iwsi study`.

`--by` says what takes the headroom's place in the regression: votes (as shipped), sampled (accuracy
of sampled answers on labelled rows, less greedy accuracy), room (to 100%), last (the gain of the
round before), nothing (the gains so far alone).

- coverage: share of rounds whose gain lies in the 90% interval
- found: of rounds that gained less than a point, the share that a gate with `min_next_gain: 0.02`
  would not have begun
- stopped: of rounds that gained two points or more, the share that it would not have begun
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from iwsi.evaluation.diversity import RoundDiversity
from iwsi.evaluation.next_gain import (
    FinishedRound,
    RoundFacts,
    UpcomingRound,
    finished_rounds,
    next_gain,
    stops,
)

WORTH, GOOD = 0.01, 0.02
LEVEL = 0.9
WAYS = ("votes", "sampled", "room", "last", "nothing")


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
    return finished_rounds(root.name, _facts(root))


def by(way: str, rounds: Sequence[FinishedRound], root: Path) -> list[FinishedRound]:
    """The rounds with something else in the place of the votes' accuracy."""
    facts = _facts(root)
    return [replace(row, before=_instead(way, row.before, facts)) for row in rounds]


def _instead(way: str, row: UpcomingRound, facts: Sequence[RoundFacts]) -> UpcomingRound:
    earlier = facts[row.number - 1]
    match way:
        case "sampled" if earlier.diversity and earlier.diversity.labelled:
            return replace(row, majority=earlier.diversity.labelled.pass_at[1].value)
        case "room":
            return replace(row, majority=1.0)
        case "last":
            return replace(row, majority=row.accuracy + (earlier.gain or 0.0))
        case "nothing":
            return replace(row, majority=row.accuracy)
        case _:
            return row


def arms_of(folder: Path) -> list[FinishedRound]:
    """The first rounds of the runs in a folder of a study, which share what was before them.

    Votes are those of the round itself, by the model before it, of an arm that has an audit.
    """
    arms = {
        path.parent.name: _facts(path.parent)
        for path in sorted(folder.glob("*/summary.json"))
        if path.parent.name != "oracle"  # labels chose what it kept
    }
    votes = [rounds[1].diversity for rounds in arms.values() if len(rounds) > 1]
    audited = next(row for row in votes if row is not None and row.labelled is not None)
    found = []
    for rounds in arms.values():
        if len(rounds) > 1 and rounds[1].gain is not None:
            before = RoundFacts(rounds[0].accuracy, None, 0.0, audited).upcoming(str(folder), 1)
            found += [] if before is None else [FinishedRound(before, rounds[1].gain)]
    return found


def _facts(root: Path) -> list[RoundFacts]:
    """What `summary.json` and `scores.parquet` say of each round with a full test."""
    summary = json.loads((root / "summary.json").read_text(encoding="utf-8"))
    table = pq.read_table(root / "scores.parquet", columns=["model", "score"])
    models = np.array([name.rpartition("/")[2] for name in table["model"].to_pylist()])
    scores = table["score"].to_numpy()
    found: list[RoundFacts] = []
    before = None
    for row in summary["rounds"]:
        score_N = scores[models == f"round-{row['round']}"]
        if not len(score_N):
            break
        gain = None if before is None else float(score_N.mean() - before.mean())
        diversity = RoundDiversity.from_dict(row["diversity"]) if row["diversity"] else None
        found.append(RoundFacts(float(score_N.mean()), gain, 0.0, diversity))
        before = score_N
    return found


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
    parser.add_argument("--arms", nargs="*", type=Path, default=[])
    parser.add_argument("--by", choices=WAYS, default="votes")
    parser.add_argument("--confidence", type=float, default=0.8, help="as gate.confidence")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rounds = [row for root in options.runs for row in by(options.by, rounds_of(root), root)]
    rounds += [row for folder in options.real for row in real_rounds(folder)]
    rounds += [row for folder in options.arms for row in arms_of(folder)]
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
