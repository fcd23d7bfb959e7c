"""The faults, each with what the run has to make of it."""

from collections.abc import Callable
from typing import NamedTuple

from faulting import machine, processes, results, training
from faulting.bench import Bench


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


_TWO = ("sample.processes=2", "filter.processes=2")
_DDP = ("train.distributed=ddp", "train.num_processes=2")
_SAVED = "the shard or stage in progress"
CASES: tuple[Case, ...] = (
    Case(
        "kill_group",
        "SIGKILL of the run and all its processes",
        _SAVED,
        processes.kill_group,
        random=True,
    ),
    Case("kill_child", "SIGKILL of a worker", _SAVED, processes.kill_child, random=True),
    Case(
        "kill_engine",
        "SIGKILL of one of two engine processes",
        _SAVED,
        processes.kill_engine,
        extra=_TWO,
    ),
    Case("kill_ddp", "SIGKILL of all, training by ddp", _SAVED, processes.kill_group, True, _DDP),
    Case(
        "child_ddp",
        "SIGKILL of a worker, training by ddp",
        _SAVED,
        processes.kill_child,
        True,
        _DDP,
    ),
    Case("ray_actor", "SIGKILL of a Ray actor", _SAVED, processes.ray_actor),
    Case("sigterm", "SIGTERM", _SAVED, processes.sigterm, random=True),
    Case("full_disk", "a full disk in stage after stage", _SAVED, machine.full_disk),
    Case("read_only", "a read-only directory", "nothing", machine.read_only),
    Case("removed", "the run directory removed", "the run", machine.removed),
    Case("clock", "a clock that jumps by days", "nothing", machine.clock),
    Case("two_runs", "two runs on one directory", "nothing", machine.two_runs, last="prepare"),
    Case("no_locks", "a file system without locks", "nothing", machine.no_locks, last="prepare"),
    Case(
        "shm",
        "a full /dev/shm, training by ddp",
        _SAVED,
        machine.shared_memory,
        extra=(*_TWO, *_DDP),
    ),
    Case("open_files", "64 open files", _SAVED, machine.open_files),
    Case("raises", "an engine that raises", _SAVED, processes.raises, last="1/sample"),
    Case("hangs", "an engine that hangs", _SAVED, processes.hangs, last="1/sample"),
    Case(
        "memory_killer",
        "a worker that is killed again",
        _SAVED,
        processes.memory_killer,
        last="1/sample",
    ),
    Case("train_raises", "a trainer that raises", _SAVED, training.raises),
    Case("train_hangs", "a trainer that hangs", _SAVED, training.hangs),
    Case("train_killed", "a trainer that is killed again", _SAVED, training.killed),
    Case("raises_ddp", "one of two trainers raises", _SAVED, training.raises, extra=_DDP),
    Case("hangs_ddp", "one of two trainers hangs", _SAVED, training.hangs, extra=_DDP),
    Case("killed_ddp", "one of two trainers is killed", _SAVED, training.killed, extra=_DDP),
    Case("exploding", "weights that become NaN", "the round", results.exploding),
    Case("zeros", "an adapter of zeros", "the round", results.zeros),
    Case(
        "later_round",
        "weights that become NaN in round 2",
        "round 2",
        training.later_round,
        extra=("rounds=2",),
        last="2/train",
    ),
    Case("nothing_kept", "no candidate kept", "the round", results.nothing_kept),
    Case("collapsed", "a model that answers noise", "the round", results.collapsed),
)
QUICK = ("two_runs", "no_locks")  # what the default tests play
