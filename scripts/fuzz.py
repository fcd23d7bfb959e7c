"""Damaged inputs for every reader, for as long as you like: only errors in one line may come.

    .venv/bin/python scripts/fuzz.py --seconds 600 [--seed 0] [--keep faults] [recipe rows logs ...]

Each target is fuzzed for that long. A fault is anything but a user's error in one line, a warning
of numpy's, and an input of a megabyte or less that takes more than one second of CPU. The first
input of each fault is kept. Exit code 1 where there was one.
"""

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

# Before anything imports torch: seconds are the processor's, and a second thread's would count.
os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}

from fuzzing.campaign import fuzz
from fuzzing.targets import TARGETS


def main() -> int:
    """Print one line a target: inputs, refusals, the slowest, and each fault."""
    parser = argparse.ArgumentParser(description="Damaged inputs for every reader.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(TARGETS)}; default: all")
    parser.add_argument("--seconds", type=float, default=60.0, help="of each target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzz-faults"))
    options = parser.parse_args()
    if unknown := set(options.names) - set(TARGETS):
        parser.error(f"no target {', '.join(sorted(unknown))} (there are {', '.join(TARGETS)})")
    faults = 0
    for name in options.names or TARGETS:
        found = fuzz(TARGETS[name], options.seconds, options.seed, options.keep)
        faults += len(found.faults)
        sys.stdout.write(json.dumps({"target": name, **asdict(found)}) + "\n")
        sys.stdout.flush()
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
