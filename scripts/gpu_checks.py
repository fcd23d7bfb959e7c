"""Checks on a GPU what no test on a CPU can show, and measures speed and memory there.

    .venv/bin/python scripts/gpu_checks.py                  # all, a few minutes, a table at the end
    .venv/bin/python scripts/gpu_checks.py --list
    .venv/bin/python scripts/gpu_checks.py sampling_speed training_speed --out gpu-checks

Each check has a process of its own, a limit of time, and in the folder of `--out` a JSON file and a
log; `results.json` there holds all of them. Checks that measure time run one after the other, the
rest side by side. `--rehearse` does a little of each on a CPU, to try the checks themselves.
Exit code 1 where a check fails, 2 without a GPU.
"""

import argparse
import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The checks start iwsi's commands, which are to be those of this repository.
sys.path.insert(0, str(ROOT))
os.environ["PYTHONPATH"] = os.pathsep.join(
    [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
)
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from gpu_checking.devices import CHECKS as DEVICES  # noqa: E402
from gpu_checking.loop import CHECKS as LOOP  # noqa: E402
from gpu_checking.registry import Place, on_gpu  # noqa: E402
from gpu_checking.running import run_all, run_check, table  # noqa: E402
from gpu_checking.scoring import CHECKS as SCORING  # noqa: E402
from gpu_checking.speed import CHECKS as SPEED  # noqa: E402
from gpu_checking.training import CHECKS as TRAINING  # noqa: E402
from gpu_checking.vllm import CHECKS as VLLM  # noqa: E402

CHECKS = (*LOOP, *DEVICES, *SCORING, *TRAINING, *VLLM, *SPEED)


def main() -> int:
    """Run what is named, or all."""
    names = [check.name for check in CHECKS]
    parser = argparse.ArgumentParser(description="Checks and figures of this machine's GPU.")
    parser.add_argument("names", nargs="*", help="some of the checks; default: all")
    parser.add_argument("--list", action="store_true", help="what there is")
    parser.add_argument("--out", type=Path, default=Path("gpu-checks"), help="folder of results")
    parser.add_argument("--jobs", type=int, default=4, help="checks side by side")
    parser.add_argument("--limit", type=float, default=600, help="seconds of a check at most")
    parser.add_argument("--rehearse", action="store_true", help="on a CPU, as small as can be")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        [check] = [check for check in CHECKS if check.name == options.one]
        place = Place(options.out / "work" / check.name, options.rehearse)
        run_check(check, place, options.out / f"{check.name}.json")
        return 0
    if unknown := set(options.names) - set(names):
        parser.error(f"no check {', '.join(sorted(unknown))} (there are {', '.join(names)})")
    selected = [check for check in CHECKS if check.name in (options.names or names)]
    if options.list:
        sys.stdout.write("".join(f"{check.name:<22} {check.aim}\n" for check in selected))
        return 0
    if not on_gpu() and not options.rehearse:
        sys.stderr.write("gpu_checks: PyTorch finds no GPU; --rehearse tries the checks on a CPU\n")
        return 2
    selected = [replace(check, seconds=min(check.seconds, options.limit)) for check in selected]
    results = run_all(selected, options.out, jobs=options.jobs, small=options.rehearse)
    values = json.dumps([asdict(result) for result in results], indent=1)
    (options.out / "results.json").write_text(values + "\n", encoding="utf-8")
    sys.stdout.write(table(selected, results))
    return 0 if all(result.passed for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
