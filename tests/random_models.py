"""Small models of any kind with random weights."""

import torch

SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "initializer_range": 0.3,  # so that what is attended to, and where, shows in the losses
}
MROPE = {"rope_type": "default", "rope_theta": 10_000.0, "mrope_section": [2, 1, 1]}
# Of the parts that read images, which text does not reach.
VISION = {
    "qwen2_5_vl": {"depth": 1, "hidden_size": 32, "num_heads": 2, "intermediate_size": 64},
    "qwen3_5": {"depth": 1, "hidden_size": 32, "num_heads": 2, "intermediate_size": 64},
    "gemma3": {"image_size": 32, "patch_size": 16, "num_attention_heads": 2},
    "mistral3": {"image_size": 56, "head_dim": 16, "num_attention_heads": 2},
    "llama4": {"image_size": 56, "num_attention_heads": 2, "intermediate_size": 128},
}
WIDTHS = {
    "qwen2_5_vl": {"out_hidden_size": 32},
    "qwen3_5": {"out_hidden_size": 32},
    "llama4": {"vision_output_dim": 32, "projector_input_dim": 32, "projector_output_dim": 32},
}
TEXT = {
    "qwen2_5_vl": {"rope_parameters": MROPE},
    "qwen3_5": {
        "head_dim": 32,
        "rope_parameters": MROPE | {"partial_rotary_factor": 0.25},
        "layer_types": ["linear_attention", "full_attention"],
        "linear_key_head_dim": 16,
        "linear_value_head_dim": 16,
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 4,
    },
    "gemma3": {"head_dim": 8},
    "mistral3": {"head_dim": 8},
    "llama4": {
        "head_dim": 8,
        "num_local_experts": 2,
        "intermediate_size_mlp": 64,
        "pad_token_id": 0,
    },
}
FAMILIES_WITH_IMAGES = tuple(VISION)

LATENT_ATTENTION = {
    "q_lora_rank": 16,
    "kv_lora_rank": 16,
    "qk_rope_head_dim": 8,
    "qk_nope_head_dim": 8,
    "v_head_dim": 8,
    "num_key_value_heads": 4,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "n_group": 1,
    "topk_group": 1,
    "moe_intermediate_size": 16,
    "first_k_dense_replace": 1,
}
LONGROPE = {
    "rope_type": "longrope",
    "rope_theta": 10_000.0,
    "long_factor": [2.0] * 4,
    "short_factor": [1.0] * 4,
    "factor": 4.0,
    "original_max_position_embeddings": 64,
}
EXPERTS = {"num_local_experts": 4, "num_experts_per_tok": 2}
# Families that are tried less often, and what a small model of each needs.
MORE_FAMILIES = {
    "phi3": {"rope_parameters": LONGROPE, "original_max_position_embeddings": 64},
    "bloom": {"n_layer": 2, "n_head": 4},
    "cohere2": {},
    "deepseek_v2": LATENT_ATTENTION,
    "deepseek_v3": LATENT_ATTENTION,
    "exaone4": {},
    "falcon_h1": {"mamba_d_ssm": 64, "mamba_n_heads": 4, "mamba_d_head": 16},
    "gemma": {"head_dim": 8},
    "glm4": {"head_dim": 8},
    "gpt_neo": {"num_layers": 2, "num_heads": 4, "attention_types": [[["global", "local"], 1]]},
    "gpt_oss": {"head_dim": 8} | EXPERTS,
    "gptj": {"n_embd": 32, "n_layer": 2, "n_head": 4, "rotary_dim": 4, "n_positions": 256},
    "lfm2": {},
    "mamba": {"state_size": 8},
    "mpt": {"d_model": 32, "n_heads": 4, "n_layers": 2, "max_seq_len": 256},
    "nemotron": {},
    "olmoe": {"num_experts": 4, "num_experts_per_tok": 2},
    "phimoe": EXPERTS,
    "qwen3_moe": {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16},
    "stablelm": {},
    "starcoder2": {},
    "xglm": {"d_model": 32, "num_layers": 2, "attention_heads": 4, "ffn_dim": 64},
}


def random_model(kind, **options):
    """A causal language model of transformers' `kind`; options go before what is set here."""
    from transformers import CONFIG_MAPPING, AutoModelForCausalLM

    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(CONFIG_MAPPING[kind](**SHAPE | options)).eval()


def random_image_model(kind, **options):
    """A model that also reads images; options are those of its part that writes text."""
    from transformers import CONFIG_MAPPING, AutoModelForImageTextToText

    torch.manual_seed(0)
    vision = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1}
    config = CONFIG_MAPPING[kind](
        text_config=SHAPE | TEXT[kind] | options,
        vision_config=vision | VISION[kind] | WIDTHS.get(kind, {}),
        **({"mm_tokens_per_image": 4} if kind == "gemma3" else {}),
    )
    return AutoModelForImageTextToText.from_config(config).eval()
