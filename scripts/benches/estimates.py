"""What `iwsi validate` says a run takes beside what it took: processor seconds, memory, disk.

Processor seconds of one thread, because they are the same on a machine that does other work. The
first estimate knows nothing of the machine but a matrix product; the second has seen the run.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Print one row of the table in docs/runs.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", type=Path)
    parser.add_argument("overrides", nargs="*")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"OMP_NUM_THREADS": "1", "IWSI_CACHE": f"{folder}/cache"}
        command = [str(given.recipe), *given.overrides]
        before = _iwsi(["validate", *command, "--json"], environment)
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        _iwsi(["run", *command, "--run-dir", f"{folder}/run", "--json"], environment)
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime
        ledger = json.loads(Path(f"{folder}/run/ledger.json").read_text(encoding="utf-8"))
        wall = sum(
            entry["seconds"] + entry["startup_seconds"] for entry in ledger["stages"].values()
        )
        after = _iwsi(["validate", *command, "--json"], environment)
        disk = sum(f.stat().st_size for f in Path(f"{folder}/run").rglob("*") if f.is_file())
    memory = max(cost["memory_gib"] for cost in before["costs"])
    print(
        f"| {given.recipe.stem}, {before['parameters']:,} parameters | "
        f"{before['estimated_seconds']:.0f} s | {seconds:.0f} s | "
        f"{after['estimated_seconds']:.0f} s | {wall:.0f} s | "
        f"{memory:.1f} GiB | {end.ru_maxrss / 2**20:.1f} GiB | "
        f"{1024 * before['disk_gib']:.0f} MiB | {disk / 2**20:.0f} MiB |"
    )


def _iwsi(arguments: list[str], environment: dict[str, str]) -> Any:
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "iwsi", *arguments],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
