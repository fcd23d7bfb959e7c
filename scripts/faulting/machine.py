"""A machine that lacks something: room, rights, locks, files, shared memory, a clock."""

import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faulting.bench import Bench, NotHereError, one_line, require

_OPEN_FILES = 64


def full_disk(bench: Bench) -> None:
    """A disk that is full, in stage after stage, with a little more room each time."""
    disk = bench.folder / "disk"
    size, seen = 60, []
    with _tmpfs(disk, size):
        while (ended := bench.run(disk / "run")).code:
            one_line(ended, 2, "No space left on device", "goes on from here")
            seen.append(size)
            size = int(size * 1.6) + 20
            require(size < 100_000, f"still full with {size} KiB: {ended.line}")
            _mount("remount", disk, size)
        require(len(seen) >= 3, f"the disk was full only with {seen} KiB")
        bench.goes_on(disk / "run")


def read_only(bench: Bench) -> None:
    """A directory that cannot be written: refused in a line, and it goes on when it can."""
    disk = bench.folder / "read-only"
    with _tmpfs(disk, 20_000):
        bench.run(disk / "run", "--until", "prepare")
        _mount("remount,ro", disk, 20_000)
        one_line(bench.run(disk / "run"), 2, "Read-only file system")
        _mount("remount,rw", disk, 20_000)
        bench.goes_on(disk / "run")


def removed(bench: Bench) -> None:
    """The run directory is removed while the run works."""
    run = bench.fresh("removed")
    with bench.started(run) as running:
        running.wait_for((run / "round-0").exists, "round 0 had begun")
        shutil.rmtree(run, ignore_errors=True)
        ended = running.end()
    require(ended.code in (1, 2), f"exit code {ended.code}")
    require("Traceback" not in ended.errors, ended.errors[-600:])
    shutil.rmtree(run, ignore_errors=True)
    bench.goes_on(run)


CLOCK = """
import time
real, calls = time.time, 0
def jumping():
    global calls
    calls += 1
    return real() + (86400 if calls % 3 else -86400 * 400)
time.time = jumping
"""


def clock(bench: Bench) -> None:
    """A clock that jumps by days, in every process."""
    run = bench.fresh("clock")
    ended = bench.run(run, hook=CLOCK)
    require(ended.code == 0, ended.errors[-400:])
    bench.goes_on(run)


def two_runs(bench: Bench) -> None:
    """A second run on the same directory."""
    run = bench.fresh("two-runs")
    with bench.started(run) as running:
        running.wait_for((run / ".lock").exists, "it held its directory")
        running.wait_for((run / "logs").exists, "it had begun")
        one_line(bench.run(run), 2, "a run that another process is working on")
        require(running.end().code == 0, "the first run suffered from the second")
    bench.goes_on(run)


NO_LOCKS = """
import errno, fcntl
def refused(*arguments):
    raise OSError(errno.ENOLCK, "No locks available")
fcntl.flock = refused
"""


def no_locks(bench: Bench) -> None:
    """A network file system without locks: refused in a line, since two runs would not be seen."""
    run = bench.fresh("no-locks")
    ended = bench.run(run, hook=NO_LOCKS)
    one_line(ended, 2, "ock")


def shared_memory(bench: Bench) -> None:
    """A full /dev/shm, with two processes that train together."""
    run = bench.fresh("shm")
    inner = " ".join(bench.command(run))
    script = (
        "mount -t tmpfs -o size=64k tmpfs /dev/shm && "
        f"head -c 65536 /dev/zero > /dev/shm/full; exec {inner}"
    )
    unshare = shutil.which("unshare")
    if unshare is None or os.geteuid() != 0:
        raise NotHereError("a mount of its own needs unshare and root")
    done = subprocess.run(  # noqa: S603  # a mount that this command alone sees
        [unshare, "-m", "sh", "-c", script],
        capture_output=True,
        text=True,
        env=bench._environment(None),
        check=False,
    )
    require("Traceback" not in done.stderr, done.stderr[-600:])
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        require(done.returncode in (1, 2) and lines, f"code {done.returncode}: {done.stderr}")
    bench.goes_on(run)


def open_files(bench: Bench) -> None:
    """No more than 64 open files for each process."""
    run = bench.fresh("open-files")
    limits = (_OPEN_FILES, _OPEN_FILES)
    ended = bench.run(run, before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limits))
    require("Traceback" not in ended.errors, ended.errors[-600:])
    require(ended.code in (0, 1, 2), f"exit code {ended.code}")
    bench.goes_on(run)


@contextmanager
def _tmpfs(folder: Path, kib: int) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    _mount("", folder, kib)
    try:
        yield
    finally:
        umount = shutil.which("umount") or "umount"
        subprocess.run([umount, "-l", str(folder)], check=True)  # noqa: S603  # our own mount


def _mount(options: str, folder: Path, kib: int) -> None:
    mount = shutil.which("mount") or "mount"
    given = ",".join(filter(None, (options, f"size={kib}k")))
    done = subprocess.run(  # noqa: S603  # a small disk of our own
        [mount, "-t", "tmpfs", "-o", given, "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        raise NotHereError("not allowed to mount a small disk")
