"""Processes of a run that are killed, raise or hang."""

import os
import signal
import time
from importlib.util import find_spec

import psutil

from faulting.bench import Bench, NotHereError, one_line, require


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
    one_line(ended, 2, "it hangs: it sent no message for 1 minutes", ".log")
    left = [p for p in psutil.process_iter(["cmdline"]) if str(run) in " ".join(p.cmdline())]
    require(not left, f"{len(left)} processes are left")
    bench.goes_on(run)


def memory_killer(bench: Bench) -> None:
    """A worker that is killed each time: stage, cause and log; one more try with less memory."""
    run = bench.fresh("memory")
    body = "import os; os.kill(os.getpid(), 9)"
    ended = bench.run(run, hook=_raising(body))
    one_line(ended, 2, "signal 9: killed, by hand or by the system where memory ended", ".log")
    require("It is tried once more, with smaller batches" in ended.shown, ended.out)
    bench.goes_on(run)
