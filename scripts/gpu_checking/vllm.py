"""vLLM on a GPU: its losses, seeds, adapters and memory, the demo with it, and its speed."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gpu_checking import llamas
from gpu_checking.llamas import Shape
from gpu_checking.registry import (
    DEMO,
    TINY,
    Check,
    Figures,
    Place,
    forget_peak,
    now,
    on_gpu,
    require,
)
from gpu_checking.sampling import ANSWERS, engine_rate, requests_of
from gpu_checking.scoring import rows_of, sampled

if TYPE_CHECKING:
    from iwsi.sample.engine import Candidate, Engine

# GiB of the GPU that another process holds in `vllm_shared_gpu`.
HELD = 40
# Checks run side by side; each takes so many GiB for its cache.
LITTLE = "sample.max_memory_gib=2"
# What the demo's recipe sets is small.
DEFAULT = "sample.max_memory_gib=null"


def _engine(
    model: Any, *overrides: str, adapter: Path | None = None, length: int = 256
) -> "Engine":
    """The engine as a run starts it."""
    from iwsi.recipe.load import load_recipe
    from iwsi.rounds.environment import prepare_environment
    from iwsi.sample.vllm import VllmEngine

    recipe = load_recipe(DEMO, ["sample.engine=vllm", *overrides])
    prepare_environment(recipe)
    return VllmEngine(recipe.sample, model, adapter, max_length=length)


def _answers(
    engine: "Engine", prompts: list[str], count: int, *, begin: int = 0, **decoding: Any
) -> "list[Candidate]":
    """Candidates of all prompts, in their order; seeds go by a prompt's place, from `begin`."""
    from iwsi.sample.engine import Decoding, Prompt

    requests = [Prompt(str(i), text, count * (begin + i)) for i, text in enumerate(prompts)]
    options = {"temperature": 1.0, "top_p": 1.0, "max_tokens": 40} | decoding
    found = dict(engine.generate(requests, Decoding(count, **options)))
    return [candidate for i in range(len(prompts)) for candidate in found[str(i)]]


def _losses(dtype: str, place: Place, figures: Figures) -> None:
    """Log-probabilities of sampled answers are the losses that scoring gives them, negated."""
    from iwsi.models import load_model, load_tokenizer
    from iwsi.recipe import Model
    from iwsi.scoring.losses import token_losses
    from iwsi.tasks.encoding import encode

    model = Model(name=str(TINY), dtype=dtype)
    prompts = [prompt for prompt, _ in rows_of("train", place.pick(75, 4))]
    began = now()
    engine = _engine(model, LITTLE)
    figures["start_s"] = round(now() - began, 1)
    first, second = (_answers(engine, prompts, 4) for _ in range(2))
    figures["other answers when repeated"] = _different(first, second)
    pairs = zip((p for p in prompts for _ in range(4)), first, strict=True)
    kept = [(prompt, one) for prompt, one in pairs if one.token_ids is not None]
    ids = [np.array(one.token_ids, np.int32) for _, one in kept]
    texts = [one.text for _, one in kept]
    encoded = list(encode(load_tokenizer(model), "", [prompt for prompt, _ in kept], texts, ids))
    scored = token_losses(load_model(model), encoded, batch_tokens=8192).completion
    off = np.abs(scored + [one.logprob for _, one in kept]) / [len(one) for one in ids]
    figures["answers"] = len(kept)
    figures["largest difference, nats a token"] = float(off.max())
    figures["mean difference, nats a token"] = float(off.mean())
    # Its attention in Triton rounds float32 products on a GPU (TF32).
    require(off.mean() < (1e-3 if dtype == "float32" else 2e-2), "vLLM's losses are others")


def _different(first: "list[Candidate]", second: "list[Candidate]") -> str:
    other = sum(a.text != b.text for a, b in zip(first, second, strict=True))
    return f"{other} of {len(first)}"


def deterministic(place: Place, figures: Figures) -> None:
    """With `sample.deterministic` an answer does not depend on what it is sampled beside."""
    from iwsi.recipe import Model

    model = Model(name=str(TINY), dtype="bfloat16")
    prompts = [prompt for prompt, _ in rows_of("train", place.pick(64, 4))]
    engine = _engine(model, LITTLE, "sample.deterministic=true")
    for name, count, temperature in (("greedy", 1, 0.0), ("sampled", 4, 1.0)):
        together = _answers(engine, prompts, count, temperature=temperature)
        alone = [
            one
            for i, prompt in enumerate(prompts)
            for one in _answers(engine, [prompt], count, begin=i, temperature=temperature)
        ]
        figures[f"{name} answers that differ"] = _different(together, alone)
        same = [one.text for one in together] == [one.text for one in alone]
        require(same, f"{name} answers depend on the batch")


def adapters(place: Place, figures: Figures) -> None:
    """An adapter beside vLLM's weights answers as the transformers engine does with it."""
    from gpu_checking.training import adapter_of
    from iwsi.recipe import Model

    dtype = "bfloat16" if on_gpu() else "float32"  # vLLM's kernels on a GPU take no float32
    adapter = adapter_of(place, "trained", f"model.dtype={dtype}")
    model = Model(name=str(TINY), dtype=dtype)
    prompts = [prompt for prompt, _ in rows_of("train", place.pick(64, 4))]
    ours = {prompt: one.text for prompt, one in sampled(model, prompts, 1, adapter, 0.0)}
    found = _answers(
        _engine(model, LITTLE, "sample.adapter=lora", adapter=adapter), prompts, 1, temperature=0.0
    )
    pairs = [(ours[p], one.text) for p, one in zip(prompts, found, strict=True) if p in ours]
    same = sum(a == b for a, b in pairs)
    figures["the same greedy answers"] = f"{same} of {len(pairs)}"
    # In bfloat16 rounding decides between near equals.
    least = 0.9 if on_gpu() else 1.0
    require(same >= least * len(pairs), "the adapter answers otherwise on vLLM")


def shared_gpu(place: Place, figures: Figures) -> None:
    """An engine starts where another process holds 40 GiB, with vLLM's own cache size."""
    from iwsi.pool.gpus import gpu_memory
    from iwsi.recipe import Model

    hold = "import torch; held = torch.empty({} << 30, dtype=torch.uint8, device={!r}); "
    hold += "print('held', flush=True); input()"
    program = hold.format(HELD if on_gpu() else 0, "cuda" if on_gpu() else "cpu")
    with subprocess.Popen(  # noqa: S603  # this interpreter and a line of ours
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        try:
            require(holder.stdout is not None and holder.stdout.readline() == "held\n", "none held")
            figures["free_gib"] = [round(free / 2**30, 1) for free, _ in gpu_memory()]
            model = Model(name=str(TINY), dtype="bfloat16")
            engine = _engine(model, DEFAULT if on_gpu() else LITTLE)
            prompts = [prompt for prompt, _ in rows_of("train", 8)]
            figures["answers"] = len(_answers(engine, prompts, 4))
        finally:
            holder.kill()


def _speed(shape: Shape, place: Place, figures: Figures) -> None:
    """Sampled tokens a second of vLLM as iwsi starts it, on the prompts of `sampling_speed`."""
    from iwsi.recipe import Model

    shape = llamas.TINY if place.small else shape
    folder = llamas.write(shape, place.folder / shape.name)
    forget_peak()
    began, model = now(), Model(name=str(folder), dtype="bfloat16")
    engine = _engine(model, LITTLE if place.small else DEFAULT, length=1024)
    figures["start_s"] = round(now() - began, 1)
    prompts = requests_of(shape)
    engine_rate(engine, prompts(place.pick(256, 30) // ANSWERS), place)
    for rows in (256, 2048, 8192) if on_gpu() else (30,):
        rate = engine_rate(engine, prompts(rows // ANSWERS), place)
        figures[f"{rows} answers: tokens_per_s"] = rate


def _named(name: str, aim: str, run: Callable[..., None], *first: Any, **options: Any) -> Check:
    check = partial(run, *first)
    check.__doc__ = run.__doc__
    return Check(name, aim, check, **options)


SMALL, LARGE = llamas.SHAPES
LOSSES = "vLLM's log-probabilities are the losses of scoring"
CHECKS = (
    _named("vllm_float32", LOSSES, _losses, "float32", seconds=200),
    _named("vllm_bfloat16", LOSSES, _losses, "bfloat16", seconds=200),
    Check("vllm_deterministic", "answers do not depend on the batch", deterministic, seconds=200),
    Check("vllm_adapters", "an adapter answers as with transformers", adapters, seconds=200),
    Check("vllm_shared_gpu", "it starts where 40 GiB are taken", shared_gpu, True, 200),
    _named("vllm_speed_0.1B", "tokens/s of vLLM", _speed, SMALL, alone=True, seconds=200),
    _named("vllm_speed_1B", "tokens/s of vLLM", _speed, LARGE, alone=True, seconds=200),
)
