"""Trainings that raise, hang or are killed, in one process or in one of two that train together."""

import json

import psutil

from faulting.bench import Bench, one_line, require

# In every process that trains; of two that train together, the second one alone.
_HOOK = """
import os, sys
os.environ["IWSI_MAX_SILENT_MINUTES"] = "{minutes}"
if {{"iwsi.rounds.worker", "iwsi.train.process"}} & set(sys.orig_argv):
    from iwsi.train import trainer
    make = trainer.make_trainer
    def faulty(recipe, *arguments, **options):
        made = make(recipe, *arguments, **options)
        step, rank = made.training_step, int(os.environ.get("RANK", "0"))
        def training_step(model, *arguments, **options):
            result = step(model, *arguments, **options)
            if rank == recipe.train.num_processes - 1 and {when}:
                {body}
            return result
        made.training_step = training_step
        return made
    trainer.make_trainer = faulty
"""
_NAN = """[p.data.fill_(float("nan")) for p in model.parameters() if p.requires_grad]"""


def _hook(body: str, *, minutes: int = 60, when: str = "True") -> str:
    return _HOOK.format(body=body, minutes=minutes, when=when)


def raises(bench: Bench) -> None:
    """A trainer that raises: the stage, the cause and the log are named."""
    run = bench.fresh("train-raises")
    ended = bench.run(run, hook=_hook('raise RuntimeError("no such kernel")'))
    one_line(ended, 1, "round-1/train failed (", "RuntimeError: no such kernel", ".log")
    require(not (run / "round-1" / "adapter").exists(), "an adapter was kept")
    bench.goes_on(run)


def hangs(bench: Bench) -> None:
    """A trainer that hangs is ended after the limit, with all its processes."""
    run = bench.fresh("train-hangs")
    ended = bench.run(run, hook=_hook("import time; time.sleep(10**6)", minutes=3))
    one_line(ended, 2, "round-1/train", "it hangs: it sent no message for 3 minutes", ".log")
    left = [p for p in psutil.process_iter(["cmdline"]) if str(run) in " ".join(p.cmdline())]
    require(not left, f"{len(left)} processes are left")
    bench.goes_on(run)


def killed(bench: Bench) -> None:
    """A trainer that is killed each time: stage, cause and log; one more try with less memory."""
    run = bench.fresh("train-killed")
    ended = bench.run(run, hook=_hook("os.kill(os.getpid(), 9)"))
    killed = "signal 9: killed, by hand or by the system where memory ended"
    one_line(ended, 2, "round-1/train failed (", killed, ".log")
    require("It is tried once more, with smaller batches" in ended.shown, ended.out)
    bench.goes_on(run)


def later_round(bench: Bench) -> None:
    """Weights become NaN in the second round: it is refused, and the first stays the result."""
    run = bench.fresh("later-round")
    ended = bench.run(run, hook=_hook(_NAN, when='"round-2" in str(made.args.output_dir)'))
    one_line(ended, 2, "an adapter that is not finite", "Lower train.learning_rate")
    require((run / "round-1" / "adapter").exists(), "the good round is gone")
    require(not (run / "round-2" / "adapter").exists(), "an adapter that is NaN was kept")
    status = bench.iwsi("status", str(run), "--json")
    require(status.code == 0, status.errors)
    result = json.loads(status.out)["result"]
    require(result and result["round"] == 1, f"the result is {result}")
    bench.goes_on(run)
