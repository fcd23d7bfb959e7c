"""The loop's side of its worker processes: one at a time, kept as long as its stages follow."""

import math
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TextIO

from eval_predict.errors import UserError
from iwsi.errors import InternalError
from iwsi.pool.child import Child, user_error_of
from iwsi.pool.watchdog import Watchdog
from iwsi.recipe import Forecast
from iwsi.rounds.context import Info
from iwsi.rounds.layout import log_of
from iwsi.rounds.stage import AnyStage
from iwsi.rounds.worker import request


class Display(Protocol):
    """Where the loop reports its progress."""

    def begin(self, stage: str) -> None:
        """A stage starts."""

    def progress(self, done: int, total: int) -> None:
        """How far it is."""

    def end(self, stage: str, seconds: float) -> None:
        """It is done."""

    def skip(self, stage: str) -> None:
        """It was done before."""

    def warn(self, message: str) -> None:
        """Something is suspicious, and the run goes on."""

    def note(self, message: str) -> None:
        """What a stage found out."""


class Silent:
    """A display that shows nothing."""

    def begin(self, stage: str) -> None:
        """A stage starts."""

    def progress(self, done: int, total: int) -> None:
        """How far it is."""

    def end(self, stage: str, seconds: float) -> None:
        """It is done."""

    def skip(self, stage: str) -> None:
        """It was done before."""

    def warn(self, message: str) -> None:
        """Something is not as it should be."""

    def note(self, message: str) -> None:
        """A stage has found something out."""


@dataclass(frozen=True, slots=True)
class StageRun:
    """A stage that a process has done.

    Attributes:
        seconds: of its work.
        startup_seconds: that the process took before it.
        startup: those seconds by what they went to.
        info: what the stage says.
    """

    seconds: float
    startup_seconds: float
    startup: dict[str, float]
    info: Info


class WorkerError(InternalError):
    """A worker failed for a reason that is not a user's error; its log has the cause."""


class KilledError(WorkerError):
    """A worker, or a process that it started, was killed, as the system does where memory ends."""


# Minutes without a word from a worker after which it is taken to hang; 0: never.
SILENCE = "IWSI_MAX_SILENT_MINUTES"
_DEFAULT_MINUTES = 60.0
_KILLED = "signal 9"


class Workers:
    """Runs stages in a process of their own; a context manager, so that none outlives the loop."""

    def __init__(self, root: Path, display: Display) -> None:
        self.display = display
        self._root = root
        self._process: Child | None = None
        self._log: TextIO | None = None
        self._kind: str | None = None  # what the stages of the process have in common
        self._noted: set[str] = set()

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        self.keep(None)

    def run(self, stage: AnyStage, digest: str, forecast: Forecast | None = None) -> StageRun:
        """Do a stage.

        Args:
            stage: one that has a process.
            digest: of what it depends on.
            forecast: what holds in place of the recipe's section.

        A process that is killed is tried once more, with less memory.

        Raises:
            UserError: the stage met one, hangs, or was killed twice.
            WorkerError: the process failed for another reason.
        """
        try:
            return self._run(stage, digest, forecast)
        except KilledError as error:
            self.keep(None)
            self.display.warn(f"{error}. It is tried once more, with smaller batches.")
        try:
            return self._run(stage, digest, forecast, lean=True)
        except KilledError as error:
            raise UserError(
                got=error,
                expected="a process that is not killed",
                fix="Close what else takes memory, or lower filter.batch_tokens or "
                "sample.max_memory_gib; the same command then goes on from here.",
            ) from None

    def _run(
        self, stage: AnyStage, digest: str, forecast: Forecast | None, *, lean: bool = False
    ) -> StageRun:
        self.keep(stage.process)
        process = self._process or self._start(stage)
        minutes = silent_minutes()
        with Watchdog(60 * minutes or threading.TIMEOUT_MAX, process.kill) as watchdog:
            process.send("stage", **request(stage, digest, forecast, lean=lean))
            done = self._listen(stage, process, watchdog)
        if done is not None:
            return done
        if watchdog.fired:
            process.wait()
            raise UserError(
                where=self._log_path,
                field=stage.name,
                got=f"it hangs: nothing was heard of it for {minutes:g} minutes, and it was ended",
                expected="progress now and then",
                fix=f"Look into this log. If the stage is only slow, set {SILENCE} higher; the "
                "same command then goes on from here.",
            )
        raise self._failure(stage)

    def _listen(self, stage: AnyStage, process: Child, watchdog: Watchdog) -> StageRun | None:
        """What the process made of the stage; None where it ended without a word."""
        for event in process.events():
            watchdog.heard()
            match event.pop("event"):
                case "stage":
                    self.display.begin(event["name"])
                case "progress":
                    self.display.progress(event["done"], event["total"])
                case "note":
                    self._note(event["message"])
                case "done":
                    return StageRun(**event)
                case "user_error":
                    raise user_error_of(event)
                case "failed":
                    raise self._failure(stage, event["cause"])
        return None

    def keep(self, kind: str | None) -> None:
        """End the process unless it is of this kind, and so give back all that it holds."""
        if self._process is None or kind == self._kind:
            return
        self._process.end()
        if self._log:
            self._log.close()
        self._process = self._log = self._kind = None

    def _note(self, message: str) -> None:
        """What a process says of itself; every process of a kind says the same."""
        if message not in self._noted:
            self._noted.add(message)
            self.display.note(message)

    def _start(self, stage: AnyStage) -> Child:
        self._log_path = self._root / log_of(stage.name)
        self._log_path.parent.mkdir(exist_ok=True)
        self._log = self._log_path.open("w", encoding="utf-8")
        self._kind = stage.process
        self._process = Child("iwsi.rounds.worker", str(self._root), errors=self._log)
        return self._process

    def _failure(self, stage: AnyStage, cause: str | None = None) -> WorkerError:
        """The cause that a process reported, or else its exit status or signal."""
        if cause is None:
            status = self._process.wait() if self._process else 0
            cause = f"signal {-status}" if status < 0 else f"exit status {status}"
        killed = _KILLED in cause
        if killed:
            cause += ": killed, by hand or by the system where memory ended"
        kind = KilledError if killed else WorkerError
        return kind(f"{stage.name} failed ({cause}); the whole log: {self._log_path}")


def silent_minutes() -> float:
    """How long a worker may say nothing.

    Raises:
        UserError: the environment's variable is no number of minutes.
    """
    text = os.environ.get(SILENCE, "")
    try:
        minutes = float(text) if text else _DEFAULT_MINUTES
    except ValueError:
        minutes = -1.0
    if not 0 <= minutes < math.inf:
        raise UserError(
            where="environment",
            field=SILENCE,
            got=repr(text),
            expected="minutes, such as 60; 0: without end",
        )
    return minutes
