"""A process that compares formulas by math-verify, which may never end: it is killed then.

`9^9^9^9` keeps a single multiplication busy for hours, which no signal interrupts.
"""

import atexit
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence

_SECONDS_TO_START = 60.0
_PATIENCE = 5  # times one formula's limit for those
_TOGETHER = 50  # what switching between two processes costs is shared
_MEMORY_BYTES = 4 * 2**30


class Comparer:
    """Compares formulas in a process of its own, started when it is first needed.

    Args:
        seconds: Longest time for one comparison; what takes longer is not the same.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._process: subprocess.Popen[str] | None = None
        self._replies: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._owner = os.getpid()

    def same(self, one: str, other: str) -> bool:
        """Whether two formulas in LaTeX mean the same."""
        return self._reply([one, other]) is True

    def fingerprint(self, formula: str) -> str | None:
        """The kind and value of a formula, as `math_verifying.fingerprint` gives them."""
        reply = self._reply([formula])
        return reply if isinstance(reply, str) else None

    def fingerprints(self, formulas: list[str]) -> list[str | None]:
        """`fingerprint` of many, some at a time; one by one where some take too long together."""
        found: list[str | None] = []
        for begin in range(0, len(formulas), _TOGETHER):
            some = formulas[begin : begin + _TOGETHER]
            reply = self._reply([some], seconds=_PATIENCE * self._seconds)
            if isinstance(reply, list) and len(reply) == len(some):
                found += reply
            else:
                found += [self.fingerprint(formula) for formula in some]
        return found

    def _reply(self, request: Sequence[object], seconds: float | None = None) -> object:
        with self._lock:
            if self._process is None or self._owner != os.getpid():
                self._start()
            reply = self._ask(json.dumps(request), seconds or self._seconds)
            if reply is None:
                self.close()
                return None
            return json.loads(reply)

    def close(self) -> None:
        """End the process, if there is one."""
        if self._process is not None and self._owner == os.getpid():
            self._process.kill()
            self._process.wait()
        self._process = None

    def _start(self) -> None:
        self._owner = os.getpid()
        self._process = subprocess.Popen(  # our own module, no shell
            [sys.executable, "-P", "-m", "iwsi.tasks.answers.math_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self._replies = queue.SimpleQueue()
        threading.Thread(target=_forward, args=(self._process, self._replies), daemon=True).start()
        atexit.register(self.close)
        self._ask("[]", _SECONDS_TO_START)  # importing sympy is no part of a comparison's time

    def _ask(self, line: str, seconds: float) -> str | None:
        process = self._process
        if process is None or process.stdin is None:
            return None
        try:
            process.stdin.write(line + "\n")
            process.stdin.flush()
            return self._replies.get(timeout=seconds)
        except (OSError, ValueError, queue.Empty):
            return None


def _forward(process: "subprocess.Popen[str]", replies: "queue.SimpleQueue[str | None]") -> None:
    if process.stdout is not None:
        for line in process.stdout:
            replies.put(line)
    replies.put(None)  # it has ended


def main() -> None:
    """Answer `[one, other]` with true or false, `[one]` and `[[one, …]]` with fingerprints."""
    _limit_memory()
    from iwsi.tasks.answers.math_verifying import equivalent, fingerprint

    for line in sys.stdin:
        match json.loads(line):
            case [str(one), str(other)]:
                reply: object = equivalent(one, other)
            case [list(formulas)]:
                reply = [fingerprint(formula) for formula in formulas]
            case [str(one)]:
                reply = fingerprint(one)
            case _:
                reply = None
        print(json.dumps(reply), flush=True)


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # no such thing on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


if __name__ == "__main__":
    main()
