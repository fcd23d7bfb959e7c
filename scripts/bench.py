"""How many times faster than the usual way each part of the work is, on the machine at hand.

    .venv/bin/python scripts/bench.py [--json] [--only weigh_prefix] [--models tiny] [--repeats 3]

A name alone is measured on a Llama of about 100 M random weights, a name with `.tiny` on the
model that comes with the repository. On a CPU seconds are the processor's, all threads together.
On the larger model ours scores 120 candidates and theirs 12 of them; on the small one both 1,000.
"""

import argparse
import json
import sys
from collections.abc import Iterator

from benches.registry import Benchmark, Measured
from benches.subjects import NAMES, load_subject
from benches.weighing import BENCHMARKS as WEIGHING

BENCHMARKS: tuple[Benchmark, ...] = (*WEIGHING,)


def main() -> None:
    """Print a table, or with `--json` an object."""
    known = [benchmark.name for benchmark in BENCHMARKS]
    parser = argparse.ArgumentParser(description="Ratios of speed on this machine.")
    parser.add_argument("--json", action="store_true", help="an object in place of a table")
    parser.add_argument("--only", nargs="+", choices=known, default=known)
    parser.add_argument("--models", nargs="+", choices=NAMES, default=NAMES)
    parser.add_argument("--repeats", type=int, default=2, help="the fastest of so many counts")
    options = parser.parse_args()
    chosen = [benchmark for benchmark in BENCHMARKS if benchmark.name in options.only]
    if not options.json:
        _write(f"{'':<24} {'ratio':>6} {'target':>6} {'ours':>9} {'theirs':>9}\n")
    found = {}
    for name, target, measured in measure(chosen, options.models, options.repeats):
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
    benchmarks: list[Benchmark], models: list[str], repeats: int
) -> Iterator[tuple[str, float, Measured]]:
    """Name, target and result of each benchmark on each of its models, one model at a time."""
    for model in models:
        wanted = [benchmark for benchmark in benchmarks if model in benchmark.subjects]
        subject = load_subject(model) if wanted else None
        for benchmark in wanted:
            name = benchmark.name + (".tiny" if model == "tiny" else "")
            yield name, benchmark.target, benchmark.measure(subject, repeats)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
