"""Training on a GPU: number formats, memory that runs out, processes, pairs, adapters, NaN."""

import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from gpu_checking.registry import (
    DEMO,
    TINY,
    Check,
    CheckError,
    Figures,
    Place,
    forget_peak,
    on_gpu,
    peak_gib,
    require,
)

SMALL = (
    *("train.epochs=2", "train.batch_size=8", "train.lora.r=4", "train.lora.dropout=0"),
    *("train.scheduler=constant", "train.warmup_share=0", "train.learning_rate=1e-3"),
)


def adapter_of(
    place: Place, name: str, *overrides: str, samples: Any = None, previous: Path | None = None
) -> Path:
    """An adapter that was trained on a few samples, in a folder of that name."""
    from iwsi.recipe.load import load_recipe
    from iwsi.train.sft import train_adapter

    adapter = place.folder / name / "adapter"
    train_adapter(
        load_recipe(DEMO, [*SMALL, *overrides]),
        _samples() if samples is None else samples,
        adapter,
        previous=previous,
        seed=3,
        progress=lambda done, total: None,
    )
    return adapter


def last_loss(adapter: Path) -> list[float]:
    """The losses that were logged, first and last."""
    lines = (adapter / "train_metrics.jsonl").read_text(encoding="utf-8").splitlines()
    losses = [entry["loss"] for entry in map(json.loads, lines) if "loss" in entry]
    require(bool(np.isfinite(losses).all()), f"losses {losses}")
    return [losses[0], losses[-1]]


def _samples(questions: int = 24) -> Any:
    import pyarrow as pa

    from gpu_checking.scoring import rows_of

    rows = rows_of("validation", questions)
    return pa.table({"prompt": [p for p, _ in rows], "completion": [a for _, a in rows]})


def formats(place: Place, figures: Figures) -> None:
    """float32, bfloat16 and float16 with scaled gradients train to about the same adapter."""
    found = {}
    for dtype in ("float32", "bfloat16", *(["float16"] if on_gpu() else [])):
        adapter = adapter_of(place, dtype, f"model.dtype={dtype}")
        figures[f"{dtype}: losses"] = last_loss(adapter)
        found[dtype] = _weights(adapter)
    for dtype, weights in found.items():
        figures[f"{dtype}: distance"] = distance = _distance(weights, found["float32"])
        require(distance < 0.5, f"{dtype} gives another adapter: {distance}")
    if on_gpu():
        figures["scaler"] = _scaler(place)
        require(figures["scaler"] != "none", "float16 is trained without a gradient scaler")


def _scaler(place: Place) -> str:
    """The gradient scaler of a trainer in float16."""
    from iwsi.models import load_tokenizer
    from iwsi.recipe.load import load_recipe
    from iwsi.train import sft
    from iwsi.train.trainer import make_trainer

    recipe = load_recipe(DEMO, [*SMALL, "model.dtype=float16"])
    tokenizer = load_tokenizer(recipe.model)
    rows, _ = sft._rows(recipe, tokenizer, _samples())
    folder = place.folder / "scaler"
    trainer = make_trainer(recipe, tokenizer, rows, None, 0, folder, lambda done, total: None)
    scaler = trainer.accelerator.scaler
    return "none" if scaler is None else f"{type(scaler).__name__}, enabled {scaler.is_enabled()}"


def _weights(adapter: Path) -> dict[str, Any]:
    from safetensors.torch import load_file

    found: dict[str, Any] = load_file(adapter / "adapter_model.safetensors")
    return found


def _distance(weights: dict[str, Any], others: dict[str, Any]) -> float:
    """Relative distance of two adapters' second matrices, which began as zeros."""
    import torch

    names = [name for name in weights if "lora_B" in name]
    ours = torch.cat([weights[name].float().flatten() for name in names])
    theirs = torch.cat([others[name].float().flatten() for name in names])
    return float((ours - theirs).norm() / theirs.norm())


def shared_text(place: Place, figures: Figures) -> None:
    """Rows that are joined give the adapter of rows on their own."""
    rows = _shared_rows()
    for dtype in ("float32", "bfloat16"):
        each = [
            _weights(
                adapter_of(
                    place,
                    f"{dtype}-{shared}",
                    f"model.dtype={dtype}",
                    f"train.shared_text={shared}",
                    "train.order=by_question",
                    samples=rows,
                )
            )
            for shared in ("auto", "never")
        ]
        figures[f"{dtype}: distance"] = distance = _distance(*each)
        require(distance < (0.01 if dtype == "float32" else 0.5), f"{dtype}: distance {distance}")


def _shared_rows() -> Any:
    import pyarrow as pa

    from gpu_checking.scoring import rows_of

    rows = rows_of("validation", 12)
    before = "".join(f"{prompt} {answer}\n\n" for prompt, answer in rows_of("validation", 24)[20:])
    return pa.table(
        {
            "prompt": [before + prompt for prompt, _ in rows for _ in range(4)],
            "completion": [answer + " So." * i for _, answer in rows for i in range(4)],
        }
    )


def out_of_memory(place: Place, figures: Figures) -> None:
    """Memory that runs out halves the micro batch until training goes on."""
    import torch

    from iwsi.train import memory

    if not on_gpu():
        return
    sizes: list[int | None] = []
    halve = memory.smaller_micro_batch

    def seen(recipe: Any) -> Any:
        smaller = halve(recipe)
        sizes.append(smaller.train.micro_batch_size)
        return smaller

    rows = _long_rows(64)
    batch = ("train.batch_size=64", "train.epochs=1", "train.shared_text=never")
    forget_peak()
    adapter_of(place, "whole", *batch, samples=rows)
    figures["whole batch, GiB"] = whole = peak_gib()
    forget_peak()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(0.4 * whole * 2**30 / total)
    with patch.object(memory, "smaller_micro_batch", seen):
        adapter = adapter_of(place, "halved", *batch, samples=rows)
    figures["micro batches tried"], figures["GiB"] = sizes, peak_gib()
    figures["losses"] = last_loss(adapter)
    require(bool(sizes), "memory did not run out")


def _long_rows(count: int) -> Any:
    import pyarrow as pa

    from gpu_checking.scoring import rows_of

    rows = rows_of("validation", 20)
    text = " ".join(answer for _, answer in rows)[:600]
    return pa.table({"prompt": [f"{i}:" for i in range(count)], "completion": [text] * count})


def processes(place: Place, figures: Figures) -> None:
    """DDP, ZeRO-2 and ZeRO-3 with one process a GPU give the adapter of plain training."""
    import importlib.util

    import torch

    count = max(torch.cuda.device_count(), 1)
    plain = _weights(adapter_of(place, "plain"))
    kinds = ["ddp"]
    if importlib.util.find_spec("deepspeed") is not None:
        kinds += ["zero2", "zero3"]
    failed = []
    for kind in kinds:
        try:
            options = (f"train.distributed={kind}", f"train.num_processes={count}")
            adapter = adapter_of(place, kind, *options)
            figures[f"{kind}: losses"] = last_loss(adapter)
            figures[f"{kind}: distance"] = distance = _distance(_weights(adapter), plain)
            require(distance < 0.5, f"{kind} gives another adapter")
        except Exception as error:
            failed.append(f"{kind}: {type(error).__name__}: {error}")
    if failed:
        raise CheckError("; ".join(failed))


def preference(place: Place, figures: Figures) -> None:
    """DPO, IPO and both losses train on pairs."""
    import pyarrow as pa

    from gpu_checking.scoring import rows_of

    rows = rows_of("validation", 16)
    pairs = pa.table(
        {
            "prompt": [prompt for prompt, _ in rows],
            "chosen": [answer for _, answer in rows],
            "rejected": [f"So the answer is {i}." for i in range(len(rows))],
            "weight": [1.0] * len(rows),
        }
    )
    for objective in ("dpo", "ipo", "sft+dpo"):
        options = (f"train.objective={objective}", "train.pairs={per_question: 1}")
        adapter = adapter_of(place, objective.replace("+", "-"), *options, samples=pairs)
        figures[f"{objective}: losses"] = losses = last_loss(adapter)
        require(losses[1] < losses[0], f"{objective}: losses {losses}")


def adapters(place: Place, figures: Figures) -> None:
    """An adapter merged on the GPU samples and scores as the same beside the weights."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    from gpu_checking.scoring import rows_of, sampled
    from iwsi.models import device, load_model
    from iwsi.recipe import Model
    from iwsi.sample.merging import merged_model

    adapter = adapter_of(place, "one", "train.learning_rate=1e-2")
    model = Model(name=str(TINY), dtype="float32")
    tokens = torch.arange(5, 69)[None].to(device())
    beside = AutoModelForCausalLM.from_pretrained(TINY, dtype=torch.float32)
    beside = PeftModel.from_pretrained(beside, str(adapter)).to(device()).eval()
    folder = merged_model(model, adapter)
    with torch.inference_mode():
        expected = beside(tokens).logits
        merged = load_model(model, adapter)(tokens).logits
        written = load_model(Model(name=str(folder), dtype="float32"))(tokens).logits
    figures["merged: difference"] = float((merged - expected).abs().max())
    figures["written: difference"] = float((written - expected).abs().max())
    prompts = [prompt for prompt, _ in rows_of("train", 8)]
    figures["ended answers"] = len(sampled(model, prompts, 4, adapter))
    require(figures["merged: difference"] < 5e-3, "a merged adapter gives other logits")
    require(figures["written: difference"] < 5e-3, "written weights give other logits")


def not_finite(place: Place, figures: Figures) -> None:
    """A training that explodes is refused in one line."""
    from eval_predict.errors import UserError

    for dtype in ("float32", "bfloat16"):
        try:
            adapter_of(place, f"nan-{dtype}", "train.learning_rate=1e30", f"model.dtype={dtype}")
        except UserError as error:
            figures[dtype] = str(error)
            require("not finite" in str(error), str(error))
        else:
            raise CheckError(f"{dtype}: an adapter with NaN was saved")


CHECKS = (
    Check("formats", "three number formats train alike, float16 with a scaler", formats),
    Check("shared_text", "joined rows train as rows on their own", shared_text),
    Check("out_of_memory", "memory that runs out halves the micro batch", out_of_memory),
    Check("processes", "DDP and ZeRO train as one process", processes, seconds=240),
    Check("preference", "dpo, ipo and sft+dpo train on pairs", preference),
    Check("adapters", "a merged adapter is the one beside the weights", adapters),
    Check("not_finite", "a training that explodes is refused", not_finite),
)
