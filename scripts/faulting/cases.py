"""The faults, each with what the run has to make of it."""

import os
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import psutil

from faulting.bench import DEMO, Bench, NotHereError, one_line, require

_OPEN_FILES = 64


class Case(NamedTuple):
    """A fault.

    Attributes:
        name: on the command line.
        fault: in words.
        lost: what it costs.
        play: makes it and checks what the run makes of it.
        random: whether it comes at a random moment, so that repeats find more.
        extra: overrides of its runs.
        last: the last stage of its runs.
    """

    name: str
    fault: str
    lost: str
    play: Callable[[Bench], None]
    random: bool = False
    extra: tuple[str, ...] = ()
    last: str | None = "1/train"


def _moment(bench: Bench) -> float:
    return bench.rng.uniform(0.05, 0.95) * bench.seconds


def kill_group(bench: Bench) -> None:
    """SIGKILL of the run and all its processes."""
    run = bench.fresh("kill-group")
    moment = _moment(bench)
    with bench.started(run) as running:
        time.sleep(moment)
        os.killpg(running.process.pid, signal.SIGKILL)
    bench.goes_on(run)


def kill_child(bench: Bench) -> None:
    """SIGKILL of a worker: it is tried once more, and the run ends as if nothing had been."""
    run = bench.fresh("kill-child")
    moment = bench.rng.uniform(0, 0.1) * bench.seconds  # which may run an undisturbed run first
    with bench.started(run) as running:
        running.wait_for(lambda: bool(running.workers()), "it had a worker")
        time.sleep(moment)
        killed = False
        while not killed and running.process.poll() is None:
            for worker in running.workers()[:1]:
                worker.kill()
                killed = True
            time.sleep(0.02)
        ended = running.end()
        require(killed, f"it ended before a worker was killed: {ended.code} {ended.errors[-300:]}")
    require(ended.code == 0, f"a killed worker ends the run: {ended.errors[-400:]}")
    bench.goes_on(run)


def kill_engine(bench: Bench) -> None:
    """SIGKILL of one of two engine processes while they sample."""
    run = bench.fresh("kill-engine")
    samples = run / "round-1" / "samples"
    with bench.started(run) as running:
        running.wait_for(lambda: any(samples.glob("*")) and len(running.workers()) > 2, "sampling")
        running.workers()[-1].kill()
        ended = running.end()
    require(ended.code in (0, 1), f"exit code {ended.code}: {ended.errors[-400:]}")
    require("Traceback" not in ended.errors, ended.errors[-400:])
    bench.goes_on(run)


def sigterm(bench: Bench) -> None:
    """SIGTERM, as schedulers send it."""
    run = bench.fresh("sigterm")
    moment = _moment(bench)
    with bench.started(run) as running:
        time.sleep(moment)
        running.process.send_signal(signal.SIGTERM)
        ended = running.end()
    if ended.code:  # else it had ended before
        one_line(ended, 143, "ended by SIGTERM; the same command goes on from here")
    bench.goes_on(run)


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


RAISING = """
import sys
if "iwsi.rounds.worker" in " ".join(sys.orig_argv):
    from iwsi.sample import {module}
    def fail(*arguments, **options):
        {body}
    {module}.{name} = fail
"""


def _raising(body: str) -> str:
    return RAISING.format(module="shards", name="_table", body=body)


def raises(bench: Bench) -> None:
    """An engine that raises: the stage, the cause and the log are named."""
    run = bench.fresh("raises")
    ended = bench.run(run, hook=_raising('raise RuntimeError("no such kernel")'))
    one_line(ended, 1, "failed (RuntimeError: no such kernel); the whole log: ", ".log")
    bench.goes_on(run)


def hangs(bench: Bench) -> None:
    """An engine that hangs is ended after the limit."""
    run = bench.fresh("hangs")
    silence = 'import os; os.environ["IWSI_MAX_SILENT_MINUTES"] = "1"\n'
    body = "import time; time.sleep(10**6)"
    ended = bench.run(run, hook=silence + _raising(body))
    one_line(ended, 2, "it hangs: nothing was heard of it for 1 minutes", ".log")
    left = [p for p in psutil.process_iter(["cmdline"]) if str(run) in " ".join(p.cmdline())]
    require(not left, f"{len(left)} processes are left")
    bench.goes_on(run)


def memory_killer(bench: Bench) -> None:
    """A worker that is killed each time: stage, cause and log; one more try with less memory."""
    run = bench.fresh("memory")
    body = "import os; os.kill(os.getpid(), 9)"
    ended = bench.run(run, hook=_raising(body))
    one_line(ended, 2, "signal 9: killed, by hand or by the system where memory ended", ".log")
    require("It is tried once more, with smaller batches" in ended.out + ended.errors, ended.out)
    bench.goes_on(run)


def exploding(bench: Bench) -> None:
    """A learning rate with which weights become infinite or NaN: the round is refused."""
    run = bench.fresh("exploding")
    ended = bench.run(run, "train.learning_rate=1e38", "train.epochs=4")
    one_line(ended, 2, "an adapter that is not finite", "Lower train.learning_rate")
    require(not (run / "round-1" / "adapter").exists(), "an adapter that is NaN was kept")


def zeros(bench: Bench) -> None:
    """A training that moves nothing: the round is refused."""
    run = bench.fresh("zeros")
    ended = bench.run(run, "train.learning_rate=1e-46")
    one_line(ended, 2, "an adapter that is all zero", "Raise train.learning_rate")
    require(not (run / "round-1" / "adapter").exists(), "an adapter of zeros was kept")


def nothing_kept(bench: Bench) -> None:
    """No candidate is kept: why, and where to look."""
    run = bench.fresh("nothing-kept")
    one_line(bench.run(run, "sample.max_tokens=2"), 2, "no candidate kept of 96 (truncated 96)")


def collapsed(bench: Bench) -> None:
    """A model that answers noise: its round is refused, and the base model stays the result."""
    from safetensors.torch import load_file, save_file

    broken = bench.folder / "collapsed"
    shutil.copytree(DEMO / "model", broken, dirs_exist_ok=True)
    weights = load_file(str(broken / "model.safetensors"))
    weights["model.norm.weight"].zero_()  # all next tokens become equally likely
    save_file(weights, str(broken / "model.safetensors"), metadata={"format": "pt"})
    run = bench.fresh("collapsed-run")
    ended = bench.run(run, f"model.name={broken}")
    one_line(ended, 2)  # no candidate is kept, or training moves nothing
    require(not (run / "round-1" / "adapter").exists(), "an adapter of noise was kept")


def ray_actor(bench: Bench) -> None:
    """SIGKILL of a Ray actor."""
    if find_spec("ray") is None:
        raise NotHereError("ray is not installed")
    run = bench.fresh("ray")
    actors: list[psutil.Process] = []

    def found() -> bool:
        actors[:] = [p for p in psutil.process_iter(["name"]) if p.name().startswith("ray::")]
        return bool(actors)

    with bench.started(run, "sample.cluster=ray") as running:
        running.wait_for(found, "it had an actor")
        actors[0].kill()
        ended = running.end()
    require("Traceback" not in ended.errors, ended.errors[-600:])
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


_TWO = ("sample.processes=2", "filter.processes=2")
_DDP = ("train.distributed=ddp", "train.num_processes=2")
_SAVED = "the shard or stage in progress"
CASES: tuple[Case, ...] = (
    Case("kill_group", "SIGKILL of the run and all its processes", _SAVED, kill_group, random=True),
    Case("kill_child", "SIGKILL of a worker", _SAVED, kill_child, random=True),
    Case("kill_engine", "SIGKILL of one of two engine processes", _SAVED, kill_engine, extra=_TWO),
    Case("kill_ddp", "SIGKILL of all, training by ddp", _SAVED, kill_group, True, _DDP),
    Case("child_ddp", "SIGKILL of one process, training by ddp", _SAVED, kill_child, True, _DDP),
    Case("ray_actor", "SIGKILL of a Ray actor", _SAVED, ray_actor),
    Case("sigterm", "SIGTERM", _SAVED, sigterm, random=True),
    Case("full_disk", "a full disk in stage after stage", _SAVED, full_disk),
    Case("read_only", "a read-only directory", "nothing", read_only),
    Case("removed", "the run directory removed", "the run", removed),
    Case("clock", "a clock that jumps by days", "nothing", clock),
    Case("two_runs", "two runs on one directory", "nothing", two_runs, last="prepare"),
    Case("no_locks", "a file system without locks", "nothing", no_locks, last="prepare"),
    Case("shm", "a full /dev/shm, training by ddp", _SAVED, shared_memory, extra=(*_TWO, *_DDP)),
    Case("open_files", "64 open files", _SAVED, open_files),
    Case("raises", "an engine that raises", _SAVED, raises, last="1/sample"),
    Case("hangs", "an engine that hangs", _SAVED, hangs, last="1/sample"),
    Case("memory_killer", "a worker that is killed again", _SAVED, memory_killer, last="1/sample"),
    Case("exploding", "weights that become NaN", "the round", exploding),
    Case("zeros", "an adapter of zeros", "the round", zeros),
    Case("nothing_kept", "no candidate kept", "the round", nothing_kept),
    Case("collapsed", "a model that answers noise", "the round", collapsed),
)
QUICK = ("two_runs", "no_locks")  # what the default tests play
