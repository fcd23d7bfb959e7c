"""Sampling: against `generate` over small padded batches, and two processes against one."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from benches.registry import Benchmark, Measured, Subject
from iwsi.recipe import Sample
from iwsi.sample.local import resolve_engine

PROGRAM = Path(__file__).with_name("engine_process.py")
ROOT = PROGRAM.parents[2]
# What each process that scores and trains does before its work.
_START = (
    "import sys; import iwsi.train.order; from iwsi.models import load_model; "
    "from iwsi.recipe import Model; load_model(Model(name=sys.argv[1], dtype='float32'))"
)
# The engine in the process that is timed, and as many threads as the other ways have.
ENVIRONMENT = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "PYTHONPATH": os.pathsep.join([str(ROOT), str(PROGRAM.parents[1])]),
}


def sample_vllm(subject: Subject, repeats: int) -> Measured:
    """Sampled tokens a second, vLLM against `generate`."""
    return _against_generate("vllm", subject, repeats)


def sample_transformers(subject: Subject, repeats: int) -> Measured:
    """Sampled tokens a second, the transformers engine against `generate`."""
    return _against_generate("transformers", subject, repeats)


def sample_merged(subject: Subject, repeats: int) -> Measured:
    """Sampled tokens a second of vLLM with an adapter merged into the weights, against LoRA."""
    count = subject.size.questions
    with (
        _engine("vllm_merged", subject, 0, count) as ours,
        _engine("vllm_lora", subject, 0, count) as theirs,
    ):
        rates = [(_rate(ours), _rate(theirs)) for _ in range(repeats)]
    best = [max(rate) for rate in zip(*rates, strict=True)]
    return Measured(*best, unit=f"tokens/s, {count} questions")


def start_up(subject: Subject, repeats: int) -> Measured:
    """Starts a second of what scores and trains: once a round, against once a stage of three."""
    took = [(_seconds_to_start(subject, 1), _seconds_to_start(subject, 3)) for _ in range(repeats)]
    ours, theirs = (min(seconds) for seconds in zip(*took, strict=True))
    return Measured(1 / ours, 1 / theirs, "starts/s, imports and the model")


def _seconds_to_start(subject: Subject, processes: int) -> float:
    began = time.perf_counter()
    for _ in range(processes):
        subprocess.run(  # noqa: S603  # this interpreter and a line of ours
            [sys.executable, "-c", _START, str(subject.folder)],
            check=True,
            capture_output=True,
            env=os.environ | ENVIRONMENT,
        )
    return time.perf_counter() - began


def two_engines(subject: Subject, repeats: int) -> Measured:
    """Sampled tokens a second of two processes, each with half of the questions, against one.

    Time is what passes from the start of both to the end of the slower; models are loaded before.
    """
    way, count = resolve_engine(Sample()), subject.size.questions
    half = count // 2
    with ExitStack() as stack:
        one = stack.enter_context(_engine(way, subject, 0, count))
        two = [
            stack.enter_context(_engine(way, subject, begin, size))
            for begin, size in ((0, half), (half, count - half))
        ]
        rates = [(_passed(two), _passed([one])) for _ in range(repeats)]
    ours, theirs = (max(rate) for rate in zip(*rates, strict=True))
    return Measured(ours, theirs, f"tokens/s, {way}, {count} questions")


def _against_generate(way: str, subject: Subject, repeats: int) -> Measured:
    count, few = subject.size.questions, subject.size.few_questions
    with _engine(way, subject, 0, count) as ours, _engine("generate", subject, 0, few) as theirs:
        rates = [(_rate(ours), _rate(theirs)) for _ in range(repeats)]
    best = [max(rate) for rate in zip(*rates, strict=True)]
    return Measured(*best, unit=f"tokens/s, {count} and {few} questions")


@contextmanager
def _engine(
    way: str, subject: Subject, first: int, count: int
) -> Iterator["subprocess.Popen[str]"]:
    """A process that is ready to sample; gone when the block ends."""
    command = [sys.executable, str(PROGRAM), way, str(subject.folder), str(first), str(count)]
    with subprocess.Popen(  # noqa: S603  # this interpreter and a file of this folder
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | ENVIRONMENT,
    ) as process:
        try:
            if _line(process) != "ready\n":
                raise RuntimeError(f"{way} did not start")
            yield process
        finally:
            process.terminate()


def _rate(process: "subprocess.Popen[str]") -> float:
    _start(process)
    found = json.loads(_line(process))
    return float(found["tokens"] / found["seconds"])


def _passed(processes: list["subprocess.Popen[str]"]) -> float:
    began = time.perf_counter()
    for process in processes:
        _start(process)
    tokens = sum(json.loads(_line(process))["tokens"] for process in processes)
    return float(tokens / (time.perf_counter() - began))


def _start(process: Any) -> None:
    process.stdin.write("\n")
    process.stdin.flush()


def _line(process: Any) -> str:
    return str(process.stdout.readline())


BENCHMARKS = (
    Benchmark("sample_vllm", 5, ("tiny", "110m"), sample_vllm),
    Benchmark("sample_transformers", 1.5, ("tiny", "110m"), sample_transformers),
    Benchmark("sample_merged", 1.5, ("tiny",), sample_merged),
    Benchmark("start_up", 2, ("tiny",), start_up),
    Benchmark("two_engines", 1.6, ("tiny", "110m"), two_engines),
)
