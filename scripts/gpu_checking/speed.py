"""Speed and memory of sampling, scoring and training, on Llamas of random weights in bfloat16.

Rows are shaped as GSM8K's: 320 tokens of few-shot text, 65 of a question, answers of 40 to 210.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from gpu_checking import llamas
from gpu_checking.devices import matrix_rate
from gpu_checking.llamas import Shape
from gpu_checking.registry import (
    DEMO,
    Check,
    CheckError,
    Figures,
    Place,
    forget_peak,
    now,
    on_gpu,
    peak_gib,
)
from gpu_checking.sampling import ANSWERS, FEW_SHOT, QUESTION, measure_sampling

ANSWER = (40, 210)  # tokens
TRAINED_ANSWERS = 6  # of a question, in training
RANK = 16


def sampling_speed(place: Place, figures: Figures) -> None:
    """Sampled tokens a second of the transformers engine, against `generate`."""
    _of_each(place, figures, measure_sampling)


def scoring_speed(place: Place, figures: Figures) -> None:
    """Scored tokens a second, the share of the matrix rate, and memory."""
    _of_each(place, figures, _scoring)


def training_speed(place: Place, figures: Figures) -> None:
    """Trained tokens a second and memory, against TRL's trainer as it is."""
    _of_each(place, figures, _training)


def _of_each(
    place: Place, figures: Figures, measure: Callable[[Place, Shape, Path, Figures], None]
) -> None:
    failed = []
    for shape in llamas.shapes(place):
        found: Figures = {}
        figures[shape.name] = found
        try:
            began = now()
            folder = llamas.write(shape, place.folder / shape.name)
            found["written_s"] = round(now() - began, 1)
            measure(place, shape, folder, found)
        except Exception as error:
            failed.append(f"{shape.name}: {type(error).__name__}: {error}")
    if failed:
        raise CheckError("; ".join(failed))


def _scoring(place: Place, shape: Shape, folder: Path, found: Figures) -> None:
    from benches.weighing import _arithmetic

    from iwsi.models import load_model
    from iwsi.recipe import Model
    from iwsi.scoring.losses import token_losses
    from iwsi.tasks.encoding import Encoded

    rng, model = np.random.default_rng(0), load_model(Model(name=str(folder), dtype="bfloat16"))
    top = matrix_rate(place)
    found["matrix_tflops"] = round(top / 1e12, 1)

    def ids(count: int) -> Any:
        return rng.integers(3, shape.vocabulary, count).astype(np.int32)

    few_shot, samples = ids(FEW_SHOT), []
    for _ in range(place.pick(64, 2)):
        prompt = np.concatenate([few_shot, ids(QUESTION)])
        for length in rng.integers(*ANSWER, ANSWERS):
            samples.append(Encoded(np.concatenate([prompt, ids(length)]), FEW_SHOT, len(prompt)))
    tokens = sum(len(sample.ids) for sample in samples)
    read = FEW_SHOT + (QUESTION + sum(len(s.ids) - s.prompt for s in samples[:ANSWERS])) * (
        len(samples) // ANSWERS
    )
    for batch_tokens in (16_384, 65_536):
        for share in (True, False):
            token_losses(model, samples[: 2 * ANSWERS], batch_tokens=batch_tokens, share=share)
            forget_peak()
            began = now()
            token_losses(model, samples, batch_tokens=batch_tokens, share=share)
            seconds = now() - began
            name = f"{'shared' if share else 'whole'}_{batch_tokens}"
            found[f"{name}_tokens_per_s"] = round(tokens / seconds)
            found[f"{name}_candidates_per_s"] = round(len(samples) / seconds, 1)
            found[f"{name}_peak_gib"] = peak_gib()
            if not share:
                work = _arithmetic(model, [len(sample.ids) for sample in samples])
                found[f"{name}_share_of_matrix_rate"] = round(work / seconds / top, 3)
    found["tokens"], found["tokens_read_when_shared"] = tokens, read


def _training(place: Place, shape: Shape, folder: Path, found: Figures) -> None:
    import pyarrow as pa

    rng, steps = np.random.default_rng(0), place.pick(10, 3)
    batch = place.pick(24, 6)
    few_shot = llamas.words(shape, rng, place.pick(FEW_SHOT, 30))
    questions = [
        f"{few_shot} {llamas.words(shape, rng, QUESTION)}"
        for _ in range(steps * batch // TRAINED_ANSWERS)
    ]
    rows = pa.table(
        {
            "prompt": [prompt for prompt in questions for _ in range(TRAINED_ANSWERS)],
            "completion": [
                " " + llamas.words(shape, rng, 125)
                for _ in questions
                for _ in range(TRAINED_ANSWERS)
            ],
        }
    )
    ways: dict[str, Callable[[], list[float]]] = {
        "shared": lambda: _ours(place, folder, rows, batch, "train.shared_text=auto"),
        "whole": lambda: _ours(place, folder, rows, batch, "train.shared_text=never"),
        "checkpointed": lambda: _ours(
            place,
            folder,
            rows,
            batch,
            "train.shared_text=never",
            "train.gradient_checkpointing=true",
        ),
        "trl": lambda: _trl(place, folder, rows, batch),
    }
    tokens = batch * (place.pick(FEW_SHOT, 30) + QUESTION + 125)
    failed = []
    for name, way in ways.items():
        forget_peak()
        try:
            times = way()
        except Exception as error:
            failed.append(f"{name}: {type(error).__name__}: {error}")
            continue
        # The first steps compile, choose kernels and grow the allocator's pool.
        step = float(np.median(np.diff(times)[1:]))
        found[f"{name}_step_s"] = round(step, 4)
        found[f"{name}_tokens_per_s"] = round(tokens / step)
        found[f"{name}_peak_gib"] = peak_gib()
    if failed:
        raise CheckError("; ".join(failed))


def _ours(place: Place, folder: Path, rows: Any, batch: int, *overrides: str) -> list[float]:
    """When each optimizer step of our training was done."""
    from iwsi.recipe.load import load_recipe
    from iwsi.train.sft import train_adapter

    times: list[float] = []
    values = {"model.name": folder, "model.dtype": "bfloat16", "train.batch_size": batch}
    values |= {"train.epochs": 1, "train.lora.r": RANK, "train.lora.dropout": 0}
    values |= {"train.order": "by_question", "train.learning_rate": 1e-4}
    options = [f"{key}={value}" for key, value in values.items()]
    name = "-".join(override.partition("=")[2] for override in overrides)
    train_adapter(
        load_recipe(DEMO, [*options, *overrides]),
        rows,
        place.folder / f"adapter-{name}" / "adapter",
        previous=None,
        seed=0,
        progress=lambda done, total: times.append(now()),
    )
    return times


def _trl(place: Place, folder: Path, rows: Any, batch: int) -> list[float]:
    """When each step of TRL's SFTTrainer was done, with its defaults but for checkpointing."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    times: list[float] = []

    class Clock(TrainerCallback):  # type: ignore[misc]  # transformers is untyped
        """Notes the time of each step."""

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            """Called after each optimizer step."""
            times.append(now())

    tokenizer = AutoTokenizer.from_pretrained(folder)
    columns = rows.to_pydict()
    data = Dataset.from_dict({"prompt": columns["prompt"], "completion": columns["completion"]})
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    trainer = SFTTrainer(
        model=model,
        processing_class=tokenizer,
        train_dataset=data,
        peft_config=LoraConfig(
            r=RANK, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM"
        ),
        args=SFTConfig(
            output_dir=str(place.folder / "trl"),
            per_device_train_batch_size=batch,
            num_train_epochs=1,
            max_length=None,
            gradient_checkpointing=False,
            bf16=on_gpu(),
            use_cpu=not on_gpu(),
            report_to="none",
            save_strategy="no",
            disable_tqdm=True,
        ),
        callbacks=[Clock()],
    )
    trainer.train()
    return times


CHECKS = (
    Check("sampling_speed", "tokens/s of the engine and of generate", sampling_speed, True, 150),
    Check("scoring_speed", "tokens/s and share of the matrix rate", scoring_speed, True, 150),
    Check("training_speed", "tokens/s beside TRL's trainer", training_speed, True, 200),
)
