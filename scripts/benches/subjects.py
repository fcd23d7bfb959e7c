"""The models that benchmarks run on: the repository's own, and one of 100 M random weights."""

from pathlib import Path

from benches.registry import Subject

TINY = Path(__file__).resolve().parents[2] / "recipes" / "tiny_arith" / "model"
NAMES = ("tiny", "100m")


def load_subject(name: str) -> Subject:
    """The model on its device, in float32."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from iwsi.models import device, load_model
    from iwsi.recipe import Model

    if name == "tiny":
        model = load_model(Model(name=str(TINY), dtype="float32"))
        return Subject(name, model, candidates=1000, part=1)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=32_000,
        hidden_size=768,
        intermediate_size=2048,
        num_hidden_layers=12,
        num_attention_heads=12,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
    )
    model = LlamaForCausalLM(config).to(device()).eval()
    return Subject(name, model, candidates=120, part=10)
