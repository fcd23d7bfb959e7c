"""A service of a pool that says what it was asked, by which process, and fails when told to."""

import os
import subprocess
import sys
import time

import pyarrow as pa

from eval_predict.errors import UserError
from iwsi.pool.pool import Service
from iwsi.pool.processes import serve


class Echo(Service):
    answers = pa.schema([("word", pa.string()), ("process", pa.int64()), ("child", pa.int64())])

    def __init__(self, adapter, *, greeting, sleeps=False):
        self._greeting = f"{greeting} {adapter.name}" if adapter else greeting
        # As a library would: a process of its own, which nothing tells that this one ends.
        command = [sys.executable, "-c", "import time; time.sleep(600)"]
        self._child = subprocess.Popen(command) if sleeps else None

    def __call__(self, parts, *, mark="!"):
        child = self._child.pid if self._child else 0
        for part in parts:
            words = part["word"].to_pylist()
            if "slow" in words:
                time.sleep(2)
            if "user" in words:
                raise UserError(field="word", got="user", expected="another")
            if "bug" in words:
                raise KeyError("bug")
            if "die" in words:
                os._exit(7)
            echoes = [f"{self._greeting} {word}{mark}" for word in words]
            size = len(echoes)
            yield pa.table([echoes, [os.getpid()] * size, [child] * size], schema=self.answers)


if __name__ == "__main__":
    serve(Echo)
