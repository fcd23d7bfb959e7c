"""The vLLM engine: continuous batching over the whole question set."""

import gc
import hashlib
import itertools
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from eval_predict.errors import UserError
from iwsi.model_files import model_source
from iwsi.models import device, load_tokenizer, model_config, resolve_dtype
from iwsi.pickles import check_adapter
from iwsi.pool.gpus import gpu_memory
from iwsi.recipe import Model, Sample
from iwsi.runtime import startup
from iwsi.sample.cache_size import token_bytes
from iwsi.sample.completion import CompletionReader
from iwsi.sample.engine import (
    VLLM_LORA_RANKS,
    Candidate,
    Decoding,
    Engine,
    EngineName,
    FinishReason,
    Prompt,
)
from iwsi.sample.merging import merged_model
from iwsi.sample.vllm_options import check_adapter_dtype
from iwsi.tasks.encoding import prompt_tokens

# Questions queued in the engine at once: enough to fill any batch, few enough to bound memory.
WINDOW = 1024
GIB = 2**30

_CPU_BLOCK = 32
_CPU_SEQUENCES = 512  # answered at once
_LEAST_CACHE_GIB = 0.5
FLOAT32_BYTES = 4


class VllmEngine(Engine):
    """vLLM in this process; the process has to end for its memory to be given back."""

    name: EngineName = "vllm"

    def __init__(
        self, sample: Sample, model: Model, adapter: Path | None, *, max_length: int
    ) -> None:
        on_gpu = device() == "cuda"
        import_vllm()
        import vllm
        from vllm.lora.request import LoRARequest

        startup.mark("imports")
        # A CPU has no graphs to capture.
        options: dict[str, Any] = {"max_model_len": max_length, "enforce_eager": not on_gpu}
        if sample.tensor_parallel > 1:
            # Not Ray's, which it would choose where it is in an actor.
            options |= {"distributed_executor_backend": "mp"}
            options |= {"tensor_parallel_size": sample.tensor_parallel}
        config = model_config(model)
        options |= _gpu_memory(sample) if on_gpu else _cpu_options(sample, max_length, config)
        if sample.quantization is not None:
            options["quantization"] = sample.quantization
        if hasattr(config, "vision_config"):
            options["language_model_only"] = True  # no memory for images that never come
        options |= sample.vllm
        weights, source = model_source(model), model_source(model)
        if not model.allow_pickle:
            options.setdefault("load_format", "safetensors")
        dtype = str(resolve_dtype(model)).removeprefix("torch.")
        if adapter is not None and sample.adapter == "lora":
            check_adapter(adapter)
            if on_gpu:
                check_adapter_dtype("lora", dtype)
            options |= {"enable_lora": True, "max_lora_rank": _engine_rank(adapter)}
        elif adapter is not None:
            weights, adapter = str(merged_model(model, adapter)), None
        self._llm = vllm.LLM(
            weights,
            tokenizer=source,
            revision=model.revision if weights == source else None,
            tokenizer_revision=model.revision,
            trust_remote_code=model.trust_remote_code,
            dtype=dtype,
            **options,
        )
        startup.mark("model")
        # A name that no other adapter has: vLLM serves what it cached under a name it knows.
        self._lora = LoRARequest(_adapter_name(adapter), 1, str(adapter)) if adapter else None
        self._tokenizer = load_tokenizer(model)
        # It knows the tokenizer's own end token and those of the generation config.
        self._end_ids = [self._tokenizer.eos_token_id] if model.end_token else None

    def generate(
        self, prompts: Iterable[Prompt], decoding: Decoding
    ) -> Iterator[tuple[str, list[Candidate]]]:
        """Yield questions as they finish; a new one enters the batch as soon as one leaves it."""
        engine = self._llm.llm_engine
        reader = CompletionReader(self._tokenizer, decoding.stop)
        waiting = iter(prompts)
        running: dict[str, str] = {}
        while True:
            for prompt in itertools.islice(waiting, WINDOW - len(running)):
                running[self._enqueue(prompt, decoding)] = prompt.question_id
            if not running:
                return
            for output in engine.step():
                if output.finished:
                    candidates = [self._candidate(child, reader) for child in output.outputs]
                    yield running.pop(output.request_id), candidates

    def _enqueue(self, prompt: Prompt, decoding: Decoding) -> str:
        from vllm import SamplingParams

        params = SamplingParams(
            n=decoding.n,
            temperature=decoding.temperature,
            top_p=decoding.top_p,
            max_tokens=decoding.max_tokens,
            stop=list(decoding.stop) or None,
            stop_token_ids=self._end_ids,
            seed=prompt.seed if decoding.temperature > 0 else None,
            logprobs=0,  # of the sampled token alone: what cumulative_logprob needs
            flat_logprobs=True,
            # Else it turns every token into text, and once more for its log-probability.
            detokenize=bool(decoding.stop),
        )
        [ids] = prompt_tokens(self._tokenizer, [prompt.text])
        [request_id] = self._llm.enqueue(
            [{"prompt_token_ids": ids}], params, lora_request=self._lora, use_tqdm=False
        )
        # It answers with its internal id, outputs carry the part of that before the dash.
        return str(request_id).partition("-")[0]

    def _candidate(self, child: Any, reader: CompletionReader) -> Candidate:
        ended = child.finish_reason != "length"
        ids = list(child.token_ids)
        # Else a string stopped it.
        by_token = ended and not isinstance(child.stop_reason, str)
        text, token_ids = reader.read(ids, ended=by_token)
        finish_reason: FinishReason = "stop" if ended else "length"
        logprob = float(child.cumulative_logprob)
        return Candidate(text, finish_reason, len(ids), logprob, token_ids)


def import_vllm() -> None:
    """Import vLLM and what an engine imports at its start, which takes most of that start."""
    on_gpu = device() == "cuda"
    if not on_gpu:
        # Runs eagerly; the few helpers that compile all the same cost 20 s at the first token.
        os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")
    import_module("vllm.lora.request")
    with suppress(ImportError):  # a private module; an engine finds its own
        import_module(f"vllm.v1.worker.{'gpu' if on_gpu else 'cpu'}_worker")
    gc.collect()
    gc.freeze()  # an engine's start collects five times, and would look at all of this each time


def _cpu_options(sample: Sample, max_length: int, config: Any) -> dict[str, Any]:
    import psutil
    from transformers import DynamicCache
    from transformers.cache_utils import LinearAttentionCacheLayerMixin

    layers = DynamicCache(config=config.get_text_config()).layers
    recurrent = any(isinstance(layer, LinearAttentionCacheLayerMixin) for layer in layers)

    # Named outright: vLLM's default share fails where the machine has less.
    free = psutil.virtual_memory().available / GIB / (sample.processes or 1)
    wanted = sample.max_memory_gib or min(4.0, free / 4)
    token = None if recurrent else token_bytes(config, FLOAT32_BYTES)
    if token is not None and sample.max_memory_gib is None:
        # Clearing memory that no answer ever uses takes longer than a small model's start.
        needed = _CPU_SEQUENCES * (max_length + _CPU_BLOCK) * token / GIB
        wanted = min(wanted, max(needed, _LEAST_CACHE_GIB))
    return {
        "kv_cache_memory_bytes": int(wanted * GIB),
        # A prompt read in chunks rewinds its seeded generator, which a CPU generator cannot do.
        "enable_chunked_prefill": False,
        # A recurrent layer's state is kept at the borders of chunks, of which there are none.
        **({"enable_prefix_caching": False} if recurrent else {}),
        "max_num_batched_tokens": max(8192, max_length),
        # The fewest tokens of a block that its attention on a CPU takes: short answers leave
        # less of their last one unused. With more answers at once a step's fixed cost is shared.
        "block_size": _CPU_BLOCK,
        "max_num_seqs": _CPU_SEQUENCES,
    }


def _gpu_memory(sample: Sample) -> dict[str, Any]:
    """The share of each GPU that is free now, less a reserve for what is not counted.

    It is named beside the cache's size too: vLLM does not start where its share, by default 0.92
    of the GPU, is not free. The driver is asked, because a CUDA context of this process would
    take memory from the processes that tensor parallelism starts.
    """
    memory = gpu_memory()
    options: dict[str, Any] = {}
    if memory:
        share = min(free / total for free, total in memory)
        options["gpu_memory_utilization"] = round(max(share - 0.05, 0.1), 3)
    if sample.max_memory_gib:
        options["kv_cache_memory_bytes"] = int(sample.max_memory_gib * GIB)
    return options


def _engine_rank(adapter: Path) -> int:
    """The smallest rank that vLLM has kernels for and that holds the adapter."""
    rank = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))["r"]
    try:
        return next(size for size in VLLM_LORA_RANKS if size >= rank)
    except StopIteration:
        raise UserError(
            where=str(adapter),
            field="r",
            got=str(rank),
            expected=f"at most {VLLM_LORA_RANKS[-1]}, the highest rank that vLLM loads",
            fix="Set sample.engine=transformers, which has no such limit.",
        ) from None


def _adapter_name(adapter: Path) -> str:
    with (adapter / "adapter_model.safetensors").open("rb") as file:
        return f"adapter-{hashlib.file_digest(file, 'sha256').hexdigest()[:16]}"
