"""Times a few seconds of each kind of work with the model on this machine; imports torch."""

import tempfile
import time
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pyarrow as pa

from iwsi.cost.counts import Counts
from iwsi.cost.rates import OPERATIONS, keep_rate
from iwsi.models import load_model, load_tokenizer
from iwsi.recipe import Recipe
from iwsi.sample.engine import Decoding, Prompt
from iwsi.scoring.losses import token_losses
from iwsi.tasks.dataset import Prepared
from iwsi.tasks.sample_text import SampleText
from iwsi.train.sft import train_in_process

SCORED_ROWS = 64
TRAINED_STEPS = 4
SAMPLED_TOKENS = 8
SEQUENCES = 256  # that the transformers engine decodes together


def measure_rates(
    recipe: Recipe, parameters: int, rows: Prepared, warm: pa.Table | None, counts: Counts
) -> None:
    """Time scoring, training and, with the transformers engine, sampling; keep the rates.

    Args:
        recipe: the run's recipe.
        parameters: of the model.
        rows: its splits.
        warm: the rows of its warm start.
        counts: of these rows.
    """
    labelled = rows.validation if rows.validation.num_rows or warm is None else warm
    _scoring(recipe, parameters, labelled.slice(0, SCORED_ROWS))
    _training(recipe, parameters, labelled, counts)
    if recipe.sample.engine == "transformers" and counts.labels is None:
        _sampling(recipe, parameters, rows.train["prompt"].to_pylist())


def _scoring(recipe: Recipe, parameters: int, labelled: pa.Table) -> None:
    texts = labelled["prompt"].to_pylist(), labelled["completion"].to_pylist()
    samples = list(SampleText.of(recipe.task).encode(load_tokenizer(recipe.model), *texts))
    model = load_model(recipe.model)
    seconds = 0.0
    for part in (samples[:2], samples):  # the first time warms up
        began = time.perf_counter()
        token_losses(model, part, batch_tokens=recipe.filter.batch_tokens, share=False)
        seconds = time.perf_counter() - began
    tokens = sum(len(sample.ids) for sample in samples)
    keep_rate("score", parameters, OPERATIONS["score"] * parameters * tokens, seconds)


def _training(recipe: Recipe, parameters: int, labelled: pa.Table, counts: Counts) -> None:
    """Time a few steps of the recipe's own training; the first step is a warm-up."""
    rows = recipe.train.batch_size * TRAINED_STEPS
    samples = labelled.select(["prompt", "completion"]).slice(0, rows)
    samples = pa.concat_tables([samples] * -(-rows // samples.num_rows)).slice(0, rows)
    times: list[float] = []
    train = recipe.train.model_copy(update={"epochs": 1.0, "distributed": "none"})
    once = recipe.model_copy(update={"train": train})
    # The trainer prints its losses, which would stand in the middle of the estimate.
    with tempfile.TemporaryDirectory() as folder, redirect_stdout(StringIO()):
        train_in_process(
            once,
            samples,
            Path(folder) / "adapter",
            lambda done, total: times.append(time.perf_counter()),
            lambda: None,
            previous=None,
            seed=0,
        )
    row = counts.few_shot * recipe.train.few_shot + counts.prompt + counts.answer
    tokens = (len(times) - 1) * recipe.train.batch_size * row
    keep_rate("train", parameters, OPERATIONS["train"] * parameters * tokens, times[-1] - times[0])


def _sampling(recipe: Recipe, parameters: int, prompts: list[str]) -> None:
    from iwsi.sample.transformers import TransformersEngine

    form, n = SampleText.of(recipe.task), recipe.sample.n
    texts = [form.prompt(prompt) for prompt in prompts[: max(SEQUENCES // n, 1)]]
    engine = TransformersEngine(recipe.model, None, window=len(texts))
    tokenizer = load_tokenizer(recipe.model)
    read = sum(len(ids) for ids in tokenizer(texts)["input_ids"])
    tokens, seconds = 0, 0.0
    for part in (texts[:1], texts):  # the first time warms up
        questions = [Prompt(str(i), text, i) for i, text in enumerate(part)]
        began = time.perf_counter()
        found = list(engine.generate(questions, Decoding(n, 1.0, 1.0, SAMPLED_TOKENS)))
        seconds = time.perf_counter() - began
        tokens = sum(answer.num_tokens for _, answers in found for answer in answers)
    operations = OPERATIONS["sample"] * parameters * (read + tokens)
    keep_rate("sample", parameters, operations, seconds)
    keep_rate("test", parameters, operations, seconds)
