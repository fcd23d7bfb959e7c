"""Runs checks, each in a process of its own with a limit of time, and makes a table of them."""

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

from gpu_checking.registry import ROOT, Check, Figures, Place

SCRIPT = ROOT / "scripts" / "gpu_checks.py"
# Of the log of a check that was ended, for the result.
LAST_WORDS = 3000
# Seconds that it gets to write down what it has.
GRACE = 5


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a check.

    Attributes:
        name: the check's.
        passed: whether all was as it should be.
        seconds: from the start of its process.
        figures: what it measured, up to where it failed.
        error: the traceback, or the end of the log of a check that was ended; None if it passed.
    """

    name: str
    passed: bool
    seconds: float
    figures: Figures
    error: str | None


def run_check(check: Check, place: Place, out: Path) -> None:
    """Do a check in this process, and write its result to a JSON file."""
    began, figures = time.monotonic(), dict[str, object]()
    place.folder.mkdir(parents=True, exist_ok=True)

    def save(error: str | None) -> None:
        seconds = round(time.monotonic() - began, 2)
        result = Result(check.name, error is None, seconds, figures, error)
        out.write_text(json.dumps(asdict(result)), encoding="utf-8")

    def stop(number: int, frame: FrameType | None) -> None:
        """Its time is up: what it has measured is written, with the place where it was."""
        save("".join(traceback.format_stack(frame)) + "its time was up")
        os._exit(1)  # libraries that catch errors would go on

    usual = signal.signal(signal.SIGTERM, stop)
    error = None
    try:
        check.run(place, figures)
    except Exception:
        error = traceback.format_exc()
        sys.stderr.write(error)
    finally:
        signal.signal(signal.SIGTERM, usual)
    save(error)


def run_all(checks: Sequence[Check], folder: Path, *, jobs: int, small: bool) -> list[Result]:
    """Do checks in processes: those that may share the GPU side by side, then the others."""
    folder.mkdir(parents=True, exist_ok=True)

    def run(check: Check) -> Result:
        return _in_process(check, folder, small)

    together = [check for check in checks if not check.alone]
    with ThreadPoolExecutor(max(jobs, 1)) as pool:
        results = list(pool.map(run, together))
    return results + [run(check) for check in checks if check.alone]


def table(checks: Sequence[Check], results: Sequence[Result]) -> str:
    """The results for people, a line a figure."""
    found = {result.name: result for result in results}
    lines = []
    for check in checks:
        result = found[check.name]
        mark = "passed" if result.passed else "FAILED"
        lines.append(f"{mark:<8}{check.name:<22}{result.seconds:>7.1f} s  {check.aim}")
        lines += [f"{'':<10}{name}: {value}" for name, value in result.figures.items()]
        if result.error:
            lines.append(f"{'':<10}{result.error.strip().splitlines()[-1]}")
    passed = sum(result.passed for result in results)
    lines.append(f"{passed} of {len(results)} checks passed")
    return "\n".join(lines) + "\n"


def _in_process(check: Check, folder: Path, small: bool) -> Result:
    out, log = folder / f"{check.name}.json", folder / f"{check.name}.log"
    out.unlink(missing_ok=True)
    command = [sys.executable, str(SCRIPT), "--one", check.name, "--out", str(folder)]
    began = time.monotonic()
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(  # noqa: S603  # this interpreter and a file of ours
            [*command, *(["--rehearse"] if small else [])],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        ended = "it ended without a result"
        try:
            process.wait(check.seconds)
        except subprocess.TimeoutExpired:
            ended = f"it was ended after {check.seconds:g} s"
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(GRACE)
        with suppress(ProcessLookupError):  # what it started may be there still
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    seconds = round(time.monotonic() - began, 2)
    if out.is_file():
        values = json.loads(out.read_text(encoding="utf-8"))
        return Result(**values | {"seconds": seconds})
    last = log.read_text(encoding="utf-8", errors="replace")[-LAST_WORDS:]
    return Result(check.name, False, seconds, {}, f"{last}\n{ended}")
