"""How much memory the keys and values of a token take."""

from typing import Any


def token_bytes(config: Any, value_bytes: int) -> int | None:
    """Bytes of a token's keys and values in all layers.

    A configuration that does not give the number of its key heads has one for each query head.

    Args:
        config: A model's configuration, as transformers loads it.
        value_bytes: Bytes of a number in the cache.

    Returns:
        None where the configuration names no heads: a state-space model keeps a state, which does
        not grow.
    """
    text = config.get_text_config()
    heads, layers = (
        getattr(text, f"num_{of}", None) for of in ("attention_heads", "hidden_layers")
    )
    hidden = getattr(text, "hidden_size", None)
    if not isinstance(heads, int) or not isinstance(layers, int) or not isinstance(hidden, int):
        return None
    width = getattr(text, "head_dim", None) or hidden // heads
    key_heads = getattr(text, "num_key_value_heads", None) or heads
    return int(2 * layers * key_heads * width * value_bytes)
