"""Child processes driven by JSON lines; they exit with their parent."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, TextIO

import psutil

from eval_predict.errors import UserError
from iwsi.errors import as_user_error

EXIT_USER_ERROR = 3  # status of a process that sent a user's error as an event and ended
SECONDS_TO_END = 10.0
_SECONDS_BETWEEN = 0.1
_LINK = "For further information visit"


class Child:
    """A process that runs one of our modules.

    Args:
        module: Its name; its main program sends and receives through a `Parent`.
        arguments: Of the program.
        errors: Where its standard error goes; None: where ours goes.
        environment: What is set for it beside our own environment.
    """

    alive: "set[Child]" = set()  # noqa: RUF012  # of this process, all in all

    def __init__(
        self,
        module: str,
        *arguments: str,
        errors: TextIO | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.process = subprocess.Popen(  # noqa: S603  # our own module, no shell
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,  # stays open as long as this process lives
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **isolated(), **(environment or {})},
            text=True,
        )
        Child.alive.add(self)

    @property
    def is_alive(self) -> bool:
        """Whether the process has not ended."""
        return self.process.poll() is None

    def send(self, event: str, **values: Any) -> None:
        """Send a message, if the process is still there; if not, `events` ends."""
        stream = self.process.stdin
        with suppress(BrokenPipeError):
            if stream is not None:
                stream.write(_line(event, values))
                stream.flush()

    def events(self) -> Iterator[dict[str, Any]]:
        """The messages of the process, until it ends; the name of each is its `event`."""
        for line in self.process.stdout or ():
            yield json.loads(line)

    def wait(self) -> int:
        """The exit status of a process that is about to end; -n if signal n ended it."""
        Child.alive.discard(self)
        return self.process.wait()

    def close_input(self) -> None:
        """Close its standard input, so that it ends by itself."""
        with suppress(OSError):
            if self.process.stdin is not None:
                self.process.stdin.close()

    def kill(self) -> None:
        """Kill it and all that it has started at once; `events` and `wait` then end."""
        with suppress(psutil.NoSuchProcess):
            _end_descendants(self.process.pid)
        self.process.kill()

    def end(self) -> None:
        """End it and all that it has started; their memory is given back when this returns."""
        self.close_input()
        try:
            self.process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            _end_descendants(self.process.pid)
            self.process.kill()
        self.wait()


class Parent:
    """A child's connection to the process that started it.

    What is printed goes to standard error from here on. When the parent ends, or closes the
    child's standard input, this process ends too, its own children first.
    """

    def __init__(self) -> None:
        self._stream = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
        os.dup2(2, 1)
        self._last = 0.0
        self._received: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()

    def send(self, event: str, **values: Any) -> None:
        """Send a message to the parent."""
        self._stream.write(_line(event, values))

    def progress(self, done: int, total: int) -> None:
        """Send how much is done, at most ten times a second."""
        now = time.monotonic()
        if done == total or now - self._last > _SECONDS_BETWEEN:
            self._last = now
            self.send("progress", done=done, total=total)

    def report(self, error: Exception) -> int:
        """Send the parent why this process ends, and log the traceback; gives the exit status."""
        user_error = error if isinstance(error, UserError) else as_user_error(error)
        if user_error is not None:
            self.send("user_error", **user_error.to_dict())
        else:
            self.send("failed", cause=_cause(error))
        with suppress(OSError):  # the log may be on the disk that is full
            traceback.print_exception(error)
        return 1 if user_error is None else EXIT_USER_ERROR

    def receive(self) -> dict[str, Any]:
        """The parent's next message; waits for it."""
        message: dict[str, Any] = json.loads(self._received.get())
        return message

    def _listen(self) -> None:
        for line in sys.stdin:
            self._received.put(line)
        end_process(1)


def isolated() -> dict[str, str]:
    """The environment in which Python imports no random.py from the working directory.

    `python -m` looks there first, and so does an empty entry of PYTHONPATH.
    """
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    return {"PYTHONSAFEPATH": "1", "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def user_error_of(event: Mapping[str, Any]) -> UserError:
    """The user's error that a child sent as an event."""
    return UserError(**{k: v for k, v in event.items() if k not in ("event", "error")})


def end_process(status: int) -> None:
    """End this process at once, its children first.

    Engines hang on to threads that would keep it alive; all that matters is on disk by now.
    """
    children = tuple(Child.alive)
    for child in children:
        child.close_input()
    for child in children:
        child.end()
    _end_descendants(os.getpid())  # those of libraries, such as an engine's own workers
    with suppress(OSError):  # the log may be on a disk that is full
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def _end_descendants(pid: int) -> None:
    started = psutil.Process(pid).children(recursive=True)
    for process in started:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(started, SECONDS_TO_END)


def _cause(error: Exception) -> str:
    """The error's type and what it says, shortened, without pydantic's link."""
    lines = [line.strip() for line in str(error).splitlines()]
    text = " ".join(line for line in lines if line and not line.startswith(_LINK))
    name = type(error).__name__
    return f"{name}: {text[:300]}" if text else name


def _line(event: str, values: Mapping[str, Any]) -> str:
    return json.dumps({"event": event, **values}) + "\n"
