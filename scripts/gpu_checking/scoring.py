"""Sampling and scoring on a GPU beside a CPU, in three number formats, and quantised weights."""

import json
from typing import Any

import numpy as np

from gpu_checking.registry import DEMO, TINY, Check, CheckError, Figures, Place, on_gpu, require

KEEP = 0.8
# Mean losses in float32 on two devices differ by rounding alone.
SAME = 2e-4


def losses(place: Place, figures: Figures) -> None:
    """Mean losses of sampled candidates: GPU against CPU, shared or not, float32 and bfloat16."""
    import torch

    from iwsi.filter.ds_weight import ds_weight
    from iwsi.models import device, load_model, load_weights
    from iwsi.recipe import Model
    from iwsi.scoring.losses import token_losses

    samples, labelled, logprobs, lengths = _encoded(place)
    figures["candidates"] = len(samples)
    plain = load_weights(Model(name=str(TINY), dtype="float32")).eval()  # stays in CPU memory
    every = [*samples, *labelled]
    reference = token_losses(plain, every, batch_tokens=8192).mean("sequence")
    kept: dict[str, set[int]] = {"cpu": _kept(ds_weight, reference, len(samples))}
    for dtype in ("float32", "bfloat16", "float16"):
        if dtype == "float16" and not on_gpu():
            continue
        model = load_model(Model(name=str(TINY), dtype=dtype))
        require(model.device.type == device(), f"the model is on {model.device}")
        for share in (True, False):
            found = token_losses(model, every, batch_tokens=8192, share=share)
            mean = found.mean("sequence")
            name = f"{dtype}{'' if share else ', nothing shared'}"
            figures[f"{name}: largest difference"] = float(np.abs(mean - reference).max())
            kept[name] = _kept(ds_weight, mean, len(samples))
            figures[f"{name}: kept otherwise"] = len(kept["cpu"] - kept[name])
            if dtype == "float32":
                require(np.abs(mean - reference).max() < SAME, "float32 differs from the CPU's")
            allowed = len(samples) / 100 if dtype != "float32" else 1
            require(len(kept["cpu"] - kept[name]) <= allowed, f"{name} keeps other candidates")
        if dtype == "float32":
            mine = token_losses(model, samples, batch_tokens=8192).completion
            figures["sampled against scored"] = float(np.abs(mine + logprobs).max())
            figures["candidates' tokens"] = int(lengths.sum())
    torch.cuda.empty_cache()


def _kept(ds_weight: Any, losses_N: Any, count: int) -> set[int]:
    weight_N = ds_weight(losses_N[:count], losses_N[count:])
    return set(np.argsort(weight_N, kind="stable")[: round(KEEP * count)].tolist())


def _encoded(place: Place) -> tuple[list[Any], list[Any], Any, Any]:
    """Sampled candidates and labelled rows as tokens, and the candidates' log-probabilities."""
    from iwsi.models import load_tokenizer
    from iwsi.recipe import Model
    from iwsi.tasks.encoding import encode

    model = Model(name=str(TINY), dtype="float32")
    questions = rows_of("train", place.pick(75, 8))
    found = sampled(model, [prompt for prompt, _ in questions], 4)
    tokenizer = load_tokenizer(model)
    ids = [np.array(candidate.token_ids, np.int32) for _, candidate in found]
    prompts = [prompt for prompt, _ in found]
    samples = list(encode(tokenizer, "", prompts, [c.text for _, c in found], ids))
    rows = rows_of("validation", place.pick(40, 8))
    labelled = list(encode(tokenizer, "", [p for p, _ in rows], [" " + a for _, a in rows]))
    logprobs = np.array([candidate.logprob for _, candidate in found])
    return samples, labelled, logprobs, np.array([len(one) for one in ids])


def rows_of(split: str, count: int) -> list[tuple[str, str]]:
    """Prompts and answers of the demo."""
    path = DEMO.parent / "tiny_arith" / f"{split}.jsonl"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[:count]]
    return [(f"Question: {row['question']}\nAnswer:", row["answer"]) for row in rows]


def sampled(
    model: Any, prompts: list[str], answers: int, adapter: Any = None, temperature: float = 1.1
) -> list[Any]:
    """Pairs of prompt and candidate, those that the model ended itself."""
    from iwsi.sample.engine import Decoding, Prompt
    from iwsi.sample.transformers import TransformersEngine

    engine = TransformersEngine(model, adapter, window=len(prompts))
    requests = [Prompt(prompt, prompt, answers * i) for i, prompt in enumerate(prompts)]
    found = engine.generate(requests, Decoding(answers, temperature, 1.0, 40))
    return [(p, c) for p, candidates in found for c in candidates if c.token_ids is not None]


def repeated(place: Place, figures: Figures) -> None:
    """The same seeds give the same answers on the same GPU."""
    from iwsi.recipe import Model

    prompts = [prompt for prompt, _ in rows_of("train", place.pick(64, 8))]
    for dtype in ("float32", "bfloat16"):
        model = Model(name=str(TINY), dtype=dtype)
        first, second = (
            [(prompt, c.text) for prompt, c in sampled(model, prompts, 4)] for _ in range(2)
        )
        figures[dtype] = f"{len(first)} answers, {len(set(first) ^ set(second))} differ"
        require(first == second, f"{dtype}: two samplings differ")


def quantized(place: Place, figures: Figures) -> None:
    """QLoRA with nf4 and int8: trained, scored, sampled, merged."""
    from gpu_checking.training import adapter_of, last_loss
    from iwsi.models import load_model
    from iwsi.recipe import Model

    failed = []
    for quantize in ("nf4", "int8"):
        try:
            adapter = adapter_of(place, quantize, f"model.quantize={quantize}")
            figures[f"{quantize}: losses"] = last_loss(adapter)
            model = Model(name=str(TINY), quantize=quantize)
            loaded = load_model(model, adapter)
            figures[f"{quantize}: device"] = str(loaded.device)
            prompts = [prompt for prompt, _ in rows_of("train", 8)]
            figures[f"{quantize}: ended answers"] = len(sampled(model, prompts, 4, adapter))
            again = adapter_of(
                place, f"{quantize}-again", f"model.quantize={quantize}", previous=adapter
            )
            figures[f"{quantize}: second round"] = last_loss(again)
        except Exception as error:
            failed.append(f"{quantize}: {type(error).__name__}: {error}")
    if failed:
        raise CheckError("; ".join(failed))


CHECKS = (
    Check("losses", "losses on the GPU are a CPU's; bfloat16 keeps what float32 keeps", losses),
    Check("repeated", "the same seeds give the same answers", repeated),
    Check("quantized", "QLoRA with nf4 and int8 trains, scores, samples", quantized),
)
