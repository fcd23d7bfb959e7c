"""The whole loop on a GPU: the demo as a user starts it, and what is refused before it starts."""

import json
import subprocess
import sys

from gpu_checking.registry import DEMO, ROOT, Check, Figures, Place, require

# Points that the demo's accuracies may differ by from those on a CPU, which random draws decide.
NEAR = 0.08
# Accuracy of the base model and of round 1 on a CPU, 500 questions (README).
ON_CPU = (0.576, 0.994)
SMALL = ("task.train.size=24", "task.validation.size=20", "task.test.size=20", "rounds=1")


def demo(place: Place, figures: Figures) -> None:
    """The recipe that ships, in the number format that the machine chooses."""
    _demo(place, figures)


def demo_float32(place: Place, figures: Figures) -> None:
    """The same in float32, as on a CPU."""
    _demo(place, figures, "model.dtype=float32", "rounds=1")


def demo_vllm(place: Place, figures: Figures) -> None:
    """The recipe that ships, sampled by vLLM."""
    _demo(place, figures, engine="vllm")


def _demo(place: Place, figures: Figures, *overrides: str, engine: str = "transformers") -> None:
    run = place.folder / "run"
    small = (*SMALL, "sample.n=4") if place.small else ()
    iwsi("validate", str(DEMO), f"sample.engine={engine}", *overrides, *small)
    out = iwsi(
        "run",
        str(DEMO),
        f"sample.engine={engine}",
        *overrides,
        *small,
        "--run-dir",
        str(run),
    )
    lines = [line.strip() for line in out.splitlines()]
    where = [line for line in lines if line.startswith(("samples:", "scores"))]
    figures["machine"] = where
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    accuracies = []
    for row in summary["rounds"]:
        accuracies.append(row["accuracy"]["value"])
        figures[f"round {row['round']}"] = {
            "accuracy": accuracies[-1],
            "seconds": row.get("seconds"),
            "fixed_cost": row.get("fixed_cost"),
        }
    if place.small:
        return
    require(any("NVIDIA" in line or "AMD" in line for line in where), f"no GPU named: {where}")
    for found, expected in zip(accuracies, ON_CPU, strict=False):
        require(abs(found - expected) <= NEAR, f"accuracies {accuracies}, on a CPU {ON_CPU}")


def engines_refused(place: Place, figures: Figures) -> None:
    """More engines than GPUs are refused, in one line, by validate and by run."""
    from iwsi.pool.gpus import visible_gpus

    count = len(visible_gpus()) + 1
    arguments = [str(DEMO), "sample.engine=transformers", f"sample.processes={count}"]
    if count == 1:
        return
    for command in (["validate"], ["run", "--run-dir", str(place.folder / "refused")]):
        process = _start([command[0], *arguments, *command[1:]])
        figures[command[0]] = process.stderr.strip().splitlines()[-1:]
        require(process.returncode == 2, f"{command[0]}: exit code {process.returncode}")
        require("sample.processes" in process.stderr, process.stderr[-500:])


def iwsi(*arguments: str) -> str:
    """What a command prints; an error if it fails."""
    process = _start(list(arguments))
    text = process.stdout + process.stderr
    sys.stderr.write(text)
    require(process.returncode == 0, f"iwsi {arguments[0]}: {text[-2000:]}")
    return text


def _start(arguments: list[str]) -> "subprocess.CompletedProcess[str]":
    code = "import sys; sys.argv[0] = 'iwsi'; from iwsi.__main__ import main; sys.exit(main())"
    return subprocess.run(  # noqa: S603  # this interpreter and our own package
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


CHECKS = (
    Check("demo", "the demo ends as on a CPU, within 8 points", demo, seconds=300),
    Check("demo_vllm", "the same with vLLM", demo_vllm, alone=True, seconds=300),
    Check("demo_float32", "its first round in float32, too", demo_float32, seconds=300),
    Check("engines_refused", "more engines than GPUs are refused in one line", engines_refused),
)
