"""Prompts shaped as GSM8K's for random Llamas, and how fast engines answer them."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np

from gpu_checking import llamas
from gpu_checking.llamas import Shape
from gpu_checking.registry import Figures, Place, forget_peak, now, on_gpu, peak_gib

if TYPE_CHECKING:
    from iwsi.sample.engine import Engine, Prompt

FEW_SHOT, QUESTION = 320, 65  # tokens
ANSWERS = 15  # candidates of a question that is sampled or scored
MOST = 64  # tokens of a sampled answer


def requests_of(shape: Shape) -> "Callable[[int], list[Prompt]]":
    """A function that makes prompts for so many questions, all after one few-shot text."""
    from iwsi.sample.engine import Prompt

    rng = np.random.default_rng(0)
    few_shot = llamas.words(shape, rng, FEW_SHOT)

    def prompts(count: int) -> list[Prompt]:
        texts = [f"{few_shot} {llamas.words(shape, rng, QUESTION)}" for _ in range(count)]
        return [Prompt(str(i), text, i * ANSWERS) for i, text in enumerate(texts)]

    return prompts


def engine_rate(engine: "Engine", prompts: "list[Prompt]", place: Place) -> int:
    """Tokens a second of an engine's answers."""
    from iwsi.sample.engine import Decoding

    decoding, began = Decoding(ANSWERS, 1.0, 1.0, place.pick(MOST, 8)), now()
    answers = [one for _, few in engine.generate(prompts, decoding) for one in few]
    return round(sum(one.num_tokens for one in answers) / (now() - began))


def measure_sampling(place: Place, shape: Shape, folder: Path, found: Figures) -> None:
    """Tokens a second and memory of the transformers engine and of `generate`."""
    from iwsi.recipe import Model

    prompts, model = requests_of(shape), Model(name=str(folder), dtype="bfloat16")
    _engine_rates(place, model, prompts, found)
    forget_peak()
    _generate_rates(place, model, prompts, found)


def _engine_rates(place: Place, model: Any, prompts: Any, found: Figures) -> None:
    """Tokens a second of the engine, with batches as it makes them and of other sizes."""
    from iwsi.sample import transformers as engine_module
    from iwsi.sample.engine import Decoding

    began = now()
    engine = engine_module.TransformersEngine(model, None, window=1024)
    found["load_s"] = round(now() - began, 2)
    list(engine.generate(prompts(2), Decoding(ANSWERS, 1.0, 1.0, 4)))
    usual = engine_module.GPU_BATCH
    for batch in (256, 1024, usual) if on_gpu() else (usual,):
        forget_peak()
        with patch.object(engine_module, "GPU_BATCH", batch):
            wanted = prompts(place.pick(batch // ANSWERS, 2))
            found[f"engine_{batch}_tokens_per_s"] = engine_rate(engine, wanted, place)
        found[f"engine_{batch}_peak_gib"] = peak_gib()


def _generate_rates(place: Place, model: Any, prompts: Any, found: Figures) -> None:
    """Tokens a second of the model's own `generate`, in small and in large batches."""
    import torch

    from iwsi.models import load_model, load_tokenizer

    tokenizer, plain = load_tokenizer(model), load_model(model)
    tokenizer.padding_side = "left"
    ends = torch.tensor(plain.generation_config.eos_token_id, device=plain.device)
    for rows in (8, 256) if on_gpu() else (8,):
        texts = [prompt.text for prompt in prompts(-(-rows // ANSWERS)) for _ in range(ANSWERS)]
        inputs = tokenizer(texts[:rows], return_tensors="pt", padding=True)
        inputs = {name: inputs[name].to(plain.device) for name in ("input_ids", "attention_mask")}
        forget_peak()
        with torch.inference_mode():
            began = now()
            ids = plain.generate(
                **inputs, do_sample=True, top_k=0, max_new_tokens=place.pick(MOST, 8)
            )
            seconds = now() - began
        ended = torch.isin(ids[:, inputs["input_ids"].shape[1] :], ends).long()
        tokens = int((ended.cumsum(1) - ended == 0).sum())  # up to the end token, that included
        found[f"generate_{rows}_tokens_per_s"] = round(tokens / seconds)
        found[f"generate_{rows}_peak_gib"] = peak_gib()
