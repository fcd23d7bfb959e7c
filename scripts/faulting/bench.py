"""Runs the demo cut down, disturbed and undisturbed, and compares what they left."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psutil
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "recipes" / "tiny_arith"
# What holds times, or is written anew at the end of every run.
_VOLATILE = {"ledger.json", "summary.json", "report.html", "shards.json"}
_OTHER = {"logs", ".copies", ".damaged", "launch"}
LIMIT = 3600.0  # seconds of one command on a machine that may be busy


class FaultError(AssertionError):
    """A run did something else with a fault than it should."""


class NotHereError(RuntimeError):
    """This machine cannot make the fault: no right to mount, or a library is missing."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    errors: str

    @property
    def shown(self) -> str:
        """All that was printed, without the breaks that a terminal's width makes."""
        return " ".join(f"{self.out} {self.errors}".split())

    @property
    def line(self) -> str:
        """The last line of standard error."""
        return self.errors.strip().splitlines()[-1] if self.errors.strip() else ""


@dataclass(slots=True)
class Bench:
    """A folder for runs of one small recipe.

    Attributes:
        folder: where everything is kept.
        rng: of every random moment.
        engine: transformers or vllm.
        extra: overrides of every run.
        last: the last stage of every run; None: all.
    """

    folder: Path
    rng: Random
    engine: str = "transformers"
    extra: tuple[str, ...] = ()
    last: str | None = "1/train"
    _whole: Path | None = None
    _seconds: float = 60.0
    _hooks: int = field(default=0)

    def recipe(self) -> Path:
        """The demo's recipe, cut down to a few rows and one round."""
        path = self.folder / "small.yaml"
        values = yaml.safe_load((ROOT / "recipes" / "tiny_arith.yaml").read_text())
        for split, size in (("train", 24), ("validation", 20), ("test", 20)):
            name = values["task"][split]["path"].rpartition("/")[2]
            values["task"][split] = {"path": str(DEMO / name), "size": size}
        values["model"]["name"] = str(DEMO / "model")
        values["sample"] |= {"engine": self.engine, "n": 4, "max_tokens": 48, "shard_size": 8}
        values["filter"] = {"method": "iwsi"}
        values["train"] |= {"epochs": 1, "batch_size": 8, "learning_rate": 1e-3}
        values |= {"audit": None, "gate": None, "rounds": 1}
        values |= {"test": {"full": "every"}, "forecast": None}
        self.folder.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(values), encoding="utf-8")
        return path

    def command(self, run: Path, *more: str) -> list[str]:
        """`iwsi run` on the recipe in a run directory."""
        until = ["--until", self.last] if self.last else []
        start = [sys.executable, "-m", "iwsi", "run", str(self.recipe()), "--run-dir", str(run)]
        return [*start, *self.extra, *until, *more]

    def run(
        self,
        run: Path,
        *more: str,
        hook: str | None = None,
        before: Callable[[], None] | None = None,
    ) -> Ended:
        """Run to the end; a command that takes longer than an hour is a fault of its own."""
        done = subprocess.run(  # noqa: S603  # our own command
            self.command(run, *more),
            capture_output=True,
            text=True,
            timeout=LIMIT,
            env=self._environment(hook),
            preexec_fn=before,  # limits that the child alone gets
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def iwsi(self, *arguments: str) -> Ended:
        """Another command of ours, to its end."""
        done = subprocess.run(  # noqa: S603  # our own command
            [sys.executable, "-m", "iwsi", *arguments],
            capture_output=True,
            text=True,
            timeout=LIMIT,
            env=self._environment(None),
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def started(self, run: Path, *more: str, hook: str | None = None) -> "Iterator[Running]":
        """A run in a process group of its own, which is gone when the block ends."""
        process = subprocess.Popen(  # noqa: S603  # our own command
            self.command(run, *more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment(hook),
            start_new_session=True,
        )
        try:
            yield Running(process, run)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def undisturbed(self) -> Path:
        """A run that nothing disturbed, made once."""
        if self._whole is None:
            whole, began = self.folder / "whole" / "run", time.monotonic()
            done = self.run(whole)
            if done.code:
                raise FaultError(f"the undisturbed run failed: {done.errors}")
            self._whole, self._seconds = whole, time.monotonic() - began
        return self._whole

    @property
    def seconds(self) -> float:
        """How long the undisturbed run took."""
        self.undisturbed()
        return self._seconds

    def fresh(self, name: str) -> Path:
        """A run directory that is not there; its last part is the same for all runs."""
        run = self.folder / name / "run"
        shutil.rmtree(run.parent, ignore_errors=True)
        run.parent.mkdir(parents=True)
        return run

    def goes_on(self, run: Path) -> None:
        """The same command ends well, and in the same files as the undisturbed run.

        Raises:
            FaultError: it does not.
        """
        done = self.run(run)
        if done.code:
            raise FaultError(f"the run does not go on: {done.errors.strip()[-400:]}")
        ours, theirs = contents(run), contents(self.undisturbed())
        wrong = sorted(n for n in ours.keys() | theirs.keys() if ours.get(n) != theirs.get(n))
        if wrong:
            raise FaultError(f"files differ from an undisturbed run's: {', '.join(wrong[:3])}")

    def _environment(self, hook: str | None) -> dict[str, str]:
        """Ours; `hook` is Python that every process of the run executes when it starts."""
        paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
        if hook is not None:
            self._hooks += 1
            folder = self.folder / f"hook-{self._hooks}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "sitecustomize.py").write_text(hook, encoding="utf-8")
            paths.insert(0, str(folder))
        return os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "OMP_NUM_THREADS": "1",
            "TOKENIZERS_PARALLELISM": "false",
        }


@dataclass(frozen=True, slots=True)
class Running:
    """A run that has begun."""

    process: "subprocess.Popen[str]"
    run: Path

    def wait_for(self, ready: Callable[[], bool], condition: str) -> None:
        """Wait until something is so, or the run has ended.

        Raises:
            FaultError: it has ended first.
        """
        end = time.monotonic() + LIMIT
        while not ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise FaultError(f"the run ended before {condition}")
            time.sleep(0.02)

    def workers(self) -> list[psutil.Process]:
        """Its child processes and theirs, those of Python alone."""
        try:
            below = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        found = []
        for child in below:
            try:
                # By its program: PyTorch gives its processes another name.
                is_python = "python" in Path(child.exe()).name
                if is_python and child.status() != psutil.STATUS_ZOMBIE:
                    found.append(child)
            except (psutil.NoSuchProcess, psutil.AccessDenied, OSError):
                continue
        return found

    def end(self) -> Ended:
        """Wait for its end."""
        out, errors = self.process.communicate(timeout=LIMIT)
        return Ended(self.process.returncode, out, errors)


def contents(run: Path) -> dict[str, bytes]:
    """What a run has computed, by file."""
    return {
        str(path.relative_to(run)): path.read_bytes()
        for path in sorted(run.rglob("*"))
        if path.is_file()
        and not path.name.startswith(".")
        and path.name not in _VOLATILE
        and not _OTHER & {*path.relative_to(run).parts}
        and path.name != "scores.parquet"
    }


def require(holds: object, message: str) -> None:
    """Raise unless it holds.

    Raises:
        FaultError: it does not.
    """
    if not holds:
        raise FaultError(message)


def one_line(ended: Ended, code: int, *parts: str) -> None:
    """A refusal: its exit code, and one line on standard error with all parts.

    Raises:
        FaultError: it is something else.
    """
    lines = [line for line in ended.errors.strip().splitlines() if line.strip()]
    require(ended.code == code, f"exit code {ended.code} and not {code}: {ended.errors[-400:]}")
    require("Traceback" not in ended.errors, f"a traceback: {ended.errors[-600:]}")
    require(lines, "nothing on standard error")
    for part in parts:
        require(part in lines[-1], f"{part!r} is not in: {lines[-1]}")
