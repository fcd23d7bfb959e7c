"""How many times faster than the usual way each part of the work is, on the machine at hand.

    .venv/bin/python scripts/bench.py [--json] [--model tiny] [--repeats 3] [weigh_prefix ...]
    .venv/bin/python scripts/bench.py growth
    .venv/bin/python scripts/bench.py limits

A name alone is measured on a Llama of about 110 M random weights, a name with `.tiny` on the
model that comes with the repository. `growth` tells how time and memory grow with candidates.
On a CPU every way has one thread, and seconds are the processor's. On the larger model ours gets
less work than is named in the targets, and theirs a part of that.
"""

import argparse
import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

# Before anything imports torch: with more threads a processor's time would count their waiting.
os.environ |= {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}

from benches import limits
from benches.growth import growth, report
from benches.registry import Benchmark, Measured
from benches.sampling import BENCHMARKS as SAMPLING
from benches.subjects import NAMES, load_subject
from benches.training import BENCHMARKS as TRAINING
from benches.weighing import BENCHMARKS as WEIGHING

BENCHMARKS: tuple[Benchmark, ...] = (*WEIGHING, *SAMPLING, *TRAINING)


def main() -> None:
    """Print a table, or with `--json` an object."""
    names = [benchmark.name for benchmark in BENCHMARKS]
    parser = argparse.ArgumentParser(description="Ratios of speed on this machine.")
    parser.add_argument(
        "names", nargs="*", help=f"of {', '.join(names)}; growth, limits; all but these two"
    )
    parser.add_argument("--json", action="store_true", help="an object in place of a table")
    parser.add_argument("--model", choices=(*NAMES, "both"), default="both")
    parser.add_argument("--repeats", type=int, default=1, help="the fastest of so many counts")
    options = parser.parse_args()
    if options.names == ["growth"]:
        _write(report(growth()))
        return
    if options.names == ["limits"]:
        _write(limits.report())
        return
    wanted = options.names or names
    if unknown := set(wanted) - {*names}:
        parser.error(f"no benchmark {', '.join(sorted(unknown))} (there are {', '.join(names)})")
    selected = [benchmark for benchmark in BENCHMARKS if benchmark.name in wanted]
    models = NAMES if options.model == "both" else (options.model,)
    if not options.json:
        _write(f"{'':<24} {'ratio':>6} {'target':>6} {'ours':>9} {'theirs':>9}\n")
    found = {}
    for name, target, measured in measure(selected, models, options.repeats):
        ours, theirs = round(measured.ours, 3), round(measured.theirs, 3)
        found[name] = {
            "ratio": round(measured.ratio, 3),
            "ours": ours,
            "theirs": theirs,
            "unit": measured.unit,
        }
        if not options.json:
            numbers = f"{measured.ratio:>6.2f} {target:>6.1f} {ours:>9.1f} {theirs:>9.1f}"
            _write(f"{name:<24} {numbers} {measured.unit}\n")
    if options.json:
        _write(json.dumps(found, indent=2) + "\n")


def measure(
    benchmarks: Sequence[Benchmark], models: Sequence[str], repeats: int
) -> Iterator[tuple[str, float, Measured]]:
    """Name, target and result of each benchmark on each of its models, one model at a time."""
    with tempfile.TemporaryDirectory() as scratch:
        for model in models:
            wanted = [benchmark for benchmark in benchmarks if model in benchmark.subjects]
            subject = load_subject(model, Path(scratch)) if wanted else None
            for benchmark in wanted:
                name = benchmark.name + (".tiny" if model == "tiny" else "")
                with contextlib.redirect_stdout(sys.stderr):  # libraries talk
                    measured = benchmark.measure(subject, repeats)
                yield name, benchmark.target, measured


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
