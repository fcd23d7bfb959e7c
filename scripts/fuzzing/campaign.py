"""Fuzzes one target for a while: every fault once, with the file that shows it."""

import contextlib
import shutil
import tempfile
import time
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from eval_predict.errors import UserError
from fuzzing.targets import Target

MOST_SECONDS = 1.0  # of CPU, for an input of one megabyte or less


@dataclass(slots=True)
class Campaign:
    """What a campaign found.

    Attributes:
        tried: how many inputs.
        refused: how many of them ended in a user's error.
        slowest: seconds of CPU of the slowest input.
        faults: the first input of each fault, by what and where it is.
    """

    tried: int = 0
    refused: int = 0
    slowest: float = 0.0
    faults: dict[str, str] = field(default_factory=dict)


def try_once(target: Target, rng: Random, folder: Path) -> tuple[bool, float, Path]:
    """Damage a file and read it.

    Returns:
        Whether it was refused, the seconds of CPU it took, and the file.

    Raises:
        Exception: any but a user's error in one line; that is a fault.
    """
    path = target.write(rng, folder)
    began, refused = time.process_time(), False
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # an overflow in numpy
        try:
            target.read(path, rng)
        except UserError as error:
            refused = True
            if "\n" in str(error) or not str(error):
                raise AssertionError(f"a refusal of {str(error).count(chr(10))} lines") from error
    spent = time.process_time() - began
    if spent > MOST_SECONDS:  # a busy machine or the collector may have been it
        spent = min(spent, _seconds(target, path))
    return refused, spent, path


def fuzz(target: Target, seconds: float, seed: int, keep: Path) -> Campaign:
    """Try inputs until the time is over; a faulty one is copied to the folder `keep`."""
    _warm_up(target)
    found, end = Campaign(), time.monotonic() + seconds
    while time.monotonic() < end:
        rng = Random(f"{target.name} {seed} {found.tried}")  # noqa: S311  # not for secrets
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            found.tried += 1
            try:
                refused, spent, path = try_once(target, rng, Path(folder))
            except Exception as error:
                _note(found, target, Path(folder), keep, _place(error))
                continue
            found.refused += refused
            found.slowest = max(found.slowest, spent)
            if spent > MOST_SECONDS:
                name = f"{spent:.1f} s for {path.stat().st_size} bytes of {path.name}"
                _note(found, target, Path(folder), keep, name)
    return found


def _seconds(target: Target, path: Path) -> float:
    """The longest of three readings of a file that took long once."""
    longest = 0.0
    for number in range(3):
        began = time.process_time()
        with contextlib.suppress(Exception):
            target.read(path, Random(number))  # noqa: S311  # not for secrets
        longest = max(longest, time.process_time() - began)
    return longest


def _warm_up(target: Target) -> None:
    """Read sound files, so that no input's time holds that of imports."""
    for seed in target.seeds()[:6]:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            path = Path(folder) / seed.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(seed.data)
            for number in range(3):
                with contextlib.suppress(UserError):
                    target.read(path, Random(number))  # noqa: S311  # not for secrets


def _place(error: BaseException) -> str:
    """The kind of an error, what it says, and the last line of ours that it came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/iwsi/" in f.filename or "/eval_predict/" in f.filename]
    last = (ours or frames)[-1]
    at = f"{Path(last.filename).name}:{last.lineno}"
    return f"{type(error).__name__} at {at}: {' '.join(str(error).split())[:120]}"


def _note(found: Campaign, target: Target, folder: Path, keep: Path, fault: str) -> None:
    names = {name.partition(": ")[0] for name in found.faults}
    if fault.partition(": ")[0] in names:
        return
    kept = keep / f"{target.name}-{found.tried}"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(folder, kept, dirs_exist_ok=True)
    found.faults[fault] = str(kept)
