"""Whether large runs and tables stay within the time and memory that they may take.

    .venv/bin/python scripts/load.py [--json] [candidates matrix status shards soak]

Each task has a process of its own; seconds are the processor's. The matrix may take 8 GiB: look at
`free -g` first. Exit code 1 where one took more than it may.
"""

import argparse
import json
import os
import sys

# Before anything imports numpy: with more threads a processor's time would count their waiting.
os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}

from benches.load import LOADS, run


def main() -> int:
    """Print a line, or with `--json` an object, for each task."""
    names = [load.name for load in LOADS]
    parser = argparse.ArgumentParser(description="Large runs and tables on this machine.")
    parser.add_argument("names", nargs="*", help=f"of {', '.join(names)}; default: all")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if unknown := set(options.names) - set(names):
        parser.error(f"no task {', '.join(sorted(unknown))} (there are {', '.join(names)})")
    missed = 0
    for load in LOADS:
        if load.name not in (options.names or names):
            continue
        took = run(load.name)
        missed += took.seconds > load.seconds or took.gib > load.gib
        if options.json:
            sys.stdout.write(json.dumps(took._asdict()) + "\n")
        else:
            more = ", ".join(f"{name} {value:g}" for name, value in took.more.items())
            spent = f"{took.seconds:.1f} s, {took.gib:.2f} GiB"
            sys.stdout.write(f"{load.what}: {spent} ({more})\n")
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
