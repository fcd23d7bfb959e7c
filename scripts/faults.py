"""Faults on real runs of the demo, cut down: killed, starved, disturbed; and what is lost.

    .venv/bin/python scripts/faults.py --list
    .venv/bin/python scripts/faults.py --repeats 5 [--engine vllm] [--seed 0] [kill_group ...]

Without names every fault is played, which takes an hour on two free cores. Faults at random moments
are repeated. A fault passes where the same command goes on to the files of an undisturbed run, or
where the run is refused in one line that names what is wrong. Exit code 1 where one does not.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from faulting.bench import Bench, FaultError, NotHereError
from faulting.cases import CASES, Case


def main() -> int:
    """Print one JSON object a fault."""
    names = [case.name for case in CASES]
    parser = argparse.ArgumentParser(description="Faults on real runs of the demo, cut down.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(names)}; default: all")
    parser.add_argument("--list", action="store_true", help="what there is")
    parser.add_argument("--repeats", type=int, default=1, help="of faults at random moments")
    parser.add_argument("--engine", choices=("transformers", "vllm"), default="transformers")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if unknown := set(options.names) - set(names):
        parser.error(f"no fault {', '.join(sorted(unknown))} (there are {', '.join(names)})")
    selected = [case for case in CASES if case.name in (options.names or names)]
    if options.list:
        sys.stdout.write("".join(f"{case.name:<14} {case.fault}\n" for case in selected))
        return 0
    failed = 0
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        benches: dict[object, Bench] = {}
        for case in selected:
            key = (case.extra, case.last)
            if key not in benches:
                place = Path(folder) / str(len(benches))
                rng = Random(options.seed)  # noqa: S311  # of moments, not of secrets
                benches[key] = Bench(place, rng, options.engine, case.extra, case.last)
            failed += play(case, benches[key], options.repeats if case.random else 1)
    return 1 if failed else 0


def play(case: Case, bench: Bench, repeats: int) -> int:
    """Play a fault; prints what came of it, and answers how often it did not pass."""
    began, failures, skipped = time.monotonic(), [], None
    for _ in range(repeats):
        try:
            case.play(bench)
        except FaultError as error:
            failures.append(str(error))
        except NotHereError as error:
            skipped = str(error)
    record = {
        "fault": case.name,
        "engine": bench.engine,
        "times": 0 if skipped else repeats,
        "failed": failures,
        "skipped": skipped,
        "lost": case.lost,
        "seconds": round(time.monotonic() - began, 1),
    }
    sys.stdout.write(json.dumps(record) + "\n")
    sys.stdout.flush()
    return len(failures)


if __name__ == "__main__":
    sys.exit(main())
