"""A pool of processes on this machine, each with its own GPUs."""

import base64
import os
import queue
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from iwsi.errors import InternalError
from iwsi.pool.child import Child, Parent, end_process, user_error_of
from iwsi.pool.pool import Pool, Service
from iwsi.runtime import startup

# Parts that a process has at a time: one to work on, and one so that it need not wait.
HELD_PARTS = 2


class ProcessPool(Pool):
    """Parts go to the processes as JSON lines, the next to a process with little left to do.

    The tables in them are Arrow's own bytes, so that every value arrives as it was sent.

    Args:
        service: What each process makes one of.
        settings: What it is made with.
        adapter: Folder of a PEFT adapter, or None.
        gpus: Those of each process, as `share_gpus` gives them.

    Raises:
        UserError: a service met one at its start.
        InternalError: a process failed, or is gone.
    """

    def __init__(
        self,
        service: type[Service],
        settings: dict[str, Any],
        adapter: Path | None,
        gpus: Sequence[Sequence[str]],
    ) -> None:
        self.size = len(gpus)
        self._reads_ahead = service.reads_ahead
        self._messages: queue.SimpleQueue[tuple[int, dict[str, Any] | None]] = queue.SimpleQueue()
        self._children = [
            Child(service.__module__, environment=_environment(share, self.size)) for share in gpus
        ]
        for number, child in enumerate(self._children):
            child.send("start", settings=settings, adapter=str(adapter) if adapter else None)
            threading.Thread(target=self._read, args=(number, child), daemon=True).start()
        parts = [message["startup"] for message in self._until_all("ready")]
        startup.adopt(max(parts, key=lambda part: sum(part.values())))

    def run(self, parts: Sequence[pa.Table], **request: Any) -> Iterator[pa.Table]:
        """Yield the answers to all parts as they come."""
        for child in self._children:
            child.send("request", **request)
        work = _Work(parts, self.size)
        for _ in range(len(parts) or 1 if self._reads_ahead else HELD_PARTS):
            for number in range(self.size):
                self._hand_out(work, number)
        for number, message in self._numbered_until_all("end"):
            if message["event"] == "answers":
                answers = _table(message["table"])
                if work.done(number, answers.num_rows):
                    self._hand_out(work, number)
                yield answers

    def close(self) -> None:
        """End the processes; their memory is given back when this returns."""
        for child in self._children:
            child.close_input()
        for child in self._children:
            child.end()

    def _hand_out(self, work: "_Work", number: int) -> None:
        part = work.next_part(number)
        if part is not None:
            self._children[number].send("part", table=_text(part))
        for ended in work.without_more():
            self._children[ended].send("end")

    def _until_all(self, event: str) -> Iterator[dict[str, Any]]:
        """The messages of the processes, until each has sent this event."""
        return (message for _, message in self._numbered_until_all(event))

    def _numbered_until_all(self, event: str) -> Iterator[tuple[int, dict[str, Any]]]:
        left = self.size
        while left:
            number, message = self._messages.get()
            if message is None or message["event"] == "failed":
                raise self._failure(number, message)
            if message["event"] == "user_error":
                raise user_error_of(message)
            left -= message["event"] == event
            yield number, message

    def _failure(self, number: int, message: dict[str, Any] | None) -> InternalError:
        status = 0 if message else self._children[number].wait()
        ended = f"signal {-status}" if status < 0 else f"exit status {status}"
        cause = message["cause"] if message else f"gone ({ended}); is there memory for all of them?"
        return InternalError(f"process {number + 1} of {self.size}: {cause}")

    def _read(self, number: int, child: Child) -> None:
        for event in child.events():
            self._messages.put((number, event))
        self._messages.put((number, None))


class _Work:
    """Parts that wait, and the rows that each process still has to do."""

    def __init__(self, parts: Sequence[pa.Table], processes: int) -> None:
        self._waiting = deque(parts)
        self._largest = max((part.num_rows for part in parts), default=0)
        self._left = [0] * processes
        self._ended: set[int] = set()

    def next_part(self, number: int) -> pa.Table | None:
        """The part that a process gets now, if there is one."""
        if not self._waiting:
            return None
        part = self._waiting.popleft()
        self._left[number] += part.num_rows
        return part

    def done(self, number: int, rows: int) -> bool:
        """Count rows that a process has done; returns whether it has at most one part left."""
        self._left[number] -= rows
        return self._left[number] <= self._largest

    def without_more(self) -> list[int]:
        """Processes that need the message that no part is left; each comes once."""
        if self._waiting or self._ended:
            return []
        self._ended = set(range(len(self._left)))
        return sorted(self._ended)


def serve(service: type[Service]) -> None:
    """The main program of a pool's process; never returns."""
    startup.begin(from_birth=True)
    parent = Parent()
    try:
        start = parent.receive()
        startup.mark("process")
        ready = service(Path(start["adapter"]) if start["adapter"] else None, **start["settings"])
        parent.send("ready", startup=startup.seconds())
        while True:
            request = parent.receive()
            del request["event"]
            for table in ready(_parts(parent), **request):
                parent.send("answers", table=_text(table))
            parent.send("end")
    except Exception as error:
        end_process(parent.report(error))


def _parts(parent: Parent) -> Iterator[pa.Table]:
    while (message := parent.receive())["event"] == "part":
        yield _table(message["table"])


def _text(table: pa.Table) -> str:
    """A table as text for a line of JSON."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return base64.b64encode(sink.getvalue()).decode("ascii")


def _table(text: str) -> pa.Table:
    """The inverse of `_text`."""
    return pa.ipc.open_stream(base64.b64decode(text)).read_all()


def _environment(gpus: Sequence[str], processes: int) -> dict[str, str]:
    if gpus:
        return {"CUDA_VISIBLE_DEVICES": ",".join(gpus)}
    # Each would take all cores, and vLLM would tie the threads of all to the same ones.
    variables = {
        "OMP_NUM_THREADS": str(max((os.cpu_count() or 1) // processes, 1)),
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    }
    return {name: os.environ.get(name, value) for name, value in variables.items()}
