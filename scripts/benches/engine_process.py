"""One way to sample in a process of its own: tells when it is ready, samples when told to.

    engine_process.py {vllm,vllm_merged,vllm_lora,transformers,generate} FOLDER FIRST COUNT

On each line of its input it samples 15 candidates for COUNT questions of the demo's from number
FIRST on, and answers with a line of JSON: tokens, and seconds as benches.registry counts them.
"""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from benches.registry import clock
from iwsi.models import device, load_tokenizer
from iwsi.recipe import Model, Sample
from iwsi.sample.engine import Decoding, Engine, Prompt

QUESTIONS = Path(__file__).resolve().parents[2] / "recipes" / "tiny_arith" / "train.jsonl"
CANDIDATES = 15  # candidates of a question
BATCH = 8  # of the plain loop
MAX_TOKENS = 96
MAX_LENGTH = 256  # tokens of the longest prompt and its answer
CACHE_GIB = 0.5


def main() -> None:
    """Sample on demand until the input ends."""
    way, folder, first, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()[first : first + count]
    texts = [f"Question: {json.loads(line)['question']}\nAnswer:" for line in lines]
    output = sys.stdout
    sys.stdout = sys.stderr  # engines talk
    with TemporaryDirectory() as scratch:
        sample = _ways(folder, Path(scratch))[way]()
        sample(texts[:1])
        output.write("ready\n")
        output.flush()
        for _ in sys.stdin:
            began = clock()
            tokens = sample(texts)
            output.write(json.dumps({"tokens": tokens, "seconds": clock() - began}) + "\n")
            output.flush()


def _ways(folder: Path, scratch: Path) -> dict[str, Callable[[], Callable[[list[str]], int]]]:
    """Each makes a function from prompts to how many tokens were sampled."""
    model = Model(name=str(folder), dtype="float32")

    def vllm(adapted: Literal["merged", "lora"] | None = None) -> Callable[[list[str]], int]:
        from iwsi.sample.vllm import VllmEngine

        sample = Sample(engine="vllm", max_memory_gib=CACHE_GIB, adapter=adapted or "auto")
        adapter = _random_adapter(model, scratch) if adapted else None
        return _by(VllmEngine(sample, model, adapter, max_length=MAX_LENGTH))

    def transformers() -> Callable[[list[str]], int]:
        from iwsi.sample.transformers import TransformersEngine

        return _by(TransformersEngine(model, None, window=1024))

    return {
        "vllm": vllm,
        "vllm_merged": lambda: vllm("merged"),
        "vllm_lora": lambda: vllm("lora"),
        "transformers": transformers,
        "generate": lambda: _plain_loop(model),
    }


def _random_adapter(model: Model, folder: Path) -> Path:
    """An adapter of rank 16 that changes little."""
    import torch
    from peft import LoraConfig, get_peft_model

    from iwsi.models import load_weights

    torch.manual_seed(0)
    lora = LoraConfig(
        r=16, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False
    )
    adapted = get_peft_model(load_weights(model), lora)
    with torch.no_grad():
        for name, weight in adapted.named_parameters():
            if "lora_" in name:
                weight.mul_(0.1)
    adapter = folder / "adapter"
    adapted.save_pretrained(adapter)
    return adapter


def _by(engine: Engine) -> Callable[[list[str]], int]:
    decoding = Decoding(n=CANDIDATES, temperature=1.0, top_p=1.0, max_tokens=MAX_TOKENS)

    def sample(texts: list[str]) -> int:
        prompts = [Prompt(str(i), text, seed=i * CANDIDATES) for i, text in enumerate(texts)]
        found = engine.generate(prompts, decoding)
        return sum(candidate.num_tokens for _, candidates in found for candidate in candidates)

    return sample


def _plain_loop(named: Model) -> Callable[[list[str]], int]:
    """The model's own `generate` over small padded batches, each as long as its longest answer."""
    import torch
    from transformers import AutoModelForCausalLM

    tokenizer = load_tokenizer(named)
    tokenizer.padding_side = "left"
    model = AutoModelForCausalLM.from_pretrained(named.name, dtype="float32").to(device()).eval()
    ends = torch.tensor(model.generation_config.eos_token_id, device=model.device).reshape(-1)

    def sample(texts: list[str]) -> int:
        return sum(
            _tokens(ids.tolist(), set(ends.tolist())) for ids in _generated(model, tokenizer, texts)
        )

    return sample


def _generated(model: Any, tokenizer: Any, texts: list[str]) -> Iterator[Any]:
    import torch

    rows = [text for text in texts for _ in range(CANDIDATES)]
    for begin in range(0, len(rows), BATCH):
        inputs = tokenizer(
            rows[begin : begin + BATCH],
            return_tensors="pt",
            padding=True,
            return_token_type_ids=False,
        ).to(model.device)
        with torch.no_grad():
            ids_BT = model.generate(
                **inputs, do_sample=True, temperature=1.0, top_k=0, max_new_tokens=MAX_TOKENS
            )
        yield from ids_BT[:, inputs["input_ids"].shape[1] :]


def _tokens(ids: list[int], ends: set[int]) -> int:
    """Tokens up to the first that ends an answer, that one included."""
    return next((i + 1 for i, token in enumerate(ids) if token in ends), len(ids))


if __name__ == "__main__":
    main()
