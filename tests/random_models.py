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
SMALL_EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}
# A layer with a recurrent state and one that attends, as families with both kinds have them.
DELTA_RULE = {
    "layer_types": ["linear_attention", "full_attention"],
    "head_dim": 8,
    "linear_key_head_dim": 16,
    "linear_value_head_dim": 16,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
}
STATES = {"mamba_n_heads": 4, "mamba_d_head": 16, "mamba_d_state": 8, "mamba_expand": 2}
# transformers raises smaller time steps to this where it reads a text, not token by token.
ANY_STEP = {"time_step_min": 1e-9}
# Families that are tried less often, and what a small model of each needs.
MORE_FAMILIES = {
    "apertus": {},
    "arcee": {},
    "bamba": STATES | {"attn_layer_indices": [1]},
    "phi3": {"rope_parameters": LONGROPE, "original_max_position_embeddings": 64},
    "bloom": {"n_layer": 2, "n_head": 4},
    "codegen": {"n_embd": 32, "n_layer": 2, "n_head": 4, "rotary_dim": 4, "n_positions": 256},
    "cohere2": {},
    "dbrx": {
        "d_model": 32,
        "n_heads": 4,
        "n_layers": 2,
        "attn_config": {"kv_n_heads": 2, "rope_theta": 10_000.0, "clip_qkv": 8.0},
        "ffn_config": {
            "hidden_size": 32,
            "ffn_hidden_size": 64,
            "moe_num_experts": 4,
            "moe_top_k": 2,
        },
    },
    "deepseek_v2": LATENT_ATTENTION,
    "deepseek_v3": LATENT_ATTENTION,
    "doge": {},
    "dots1": {"n_routed_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16}
    | {"n_group": 1, "topk_group": 1, "first_k_dense_replace": 1, "n_shared_experts": 1},
    "ernie4_5": {},
    "ernie4_5_moe": {"moe_num_experts": 4, "moe_k": 2, "moe_intermediate_size": 16},
    "exaone4": {},
    "falcon_h1": {"mamba_d_ssm": 64, "mamba_n_heads": 4, "mamba_d_head": 16},
    "falcon_mamba": {"state_size": 8},
    "gemma": {"head_dim": 8},
    "gemma3n_text": {
        "layer_types": ["sliding_attention", "full_attention"],
        "head_dim": 8,
        "hidden_size_per_layer_input": 8,
        "vocab_size_per_layer_input": 505,
        "num_kv_shared_layers": 0,
        "laurel_rank": 8,
        "activation_sparsity_pattern": [0.0, 0.0],
    },
    "glm": {"head_dim": 8},
    "glm4": {"head_dim": 8},
    "gpt_neo": {"num_layers": 2, "num_heads": 4, "attention_types": [[["global", "local"], 1]]},
    "gpt_oss": {"head_dim": 8} | EXPERTS,
    "gptj": {"n_embd": 32, "n_layer": 2, "n_head": 4, "rotary_dim": 4, "n_positions": 256},
    "granitemoe": EXPERTS,
    "granitemoehybrid": STATES | {"layer_types": ["mamba", "attention"], "num_local_experts": 0},
    "hunyuan_v1_dense": {"head_dim": 8},
    "jamba": {"attn_layer_period": 2, "attn_layer_offset": 1, "mamba_dt_rank": 4}
    | {"mamba_d_state": 8, "num_experts": 4, "num_experts_per_tok": 2},
    "lfm2": {"layer_types": ["conv", "full_attention"]},
    "mamba": {"state_size": 8},
    "mamba2": {"state_size": 8, "num_heads": 8, "head_dim": 8, "n_groups": 1},
    "minimax": EXPERTS | {"layer_types": ["linear_attention", "full_attention"], "head_dim": 8},
    "ministral": {"head_dim": 8},
    "modernbert-decoder": {"bos_token_id": 1},
    "mpt": {"d_model": 32, "n_heads": 4, "n_layers": 2, "max_seq_len": 256},
    "nemotron": {},
    "nemotron_h": ANY_STEP
    | {
        "hybrid_override_pattern": "M*",
        "mamba_num_heads": 4,
        "mamba_head_dim": 16,
        "n_groups": 1,
        "head_dim": 8,
    },
    "olmo3": {},
    "olmoe": {"num_experts": 4, "num_experts_per_tok": 2},
    "phi": {},
    "phimoe": EXPERTS,
    "qwen3_5_text": DELTA_RULE | {"head_dim": 32},
    "qwen3_moe": SMALL_EXPERTS,
    "qwen3_next": DELTA_RULE | SMALL_EXPERTS | {"shared_expert_intermediate_size": 16},
    "recurrent_gemma": {"lru_width": 32, "block_types": ["recurrent", "attention"]},
    "seed_oss": {"head_dim": 8},
    "stablelm": {},
    "starcoder2": {},
    "xglm": {"d_model": 32, "num_layers": 2, "attention_heads": 4, "ffn_dim": 64},
    "zamba2": {"layers_block_type": ["mamba", "hybrid"], "mamba_ngroups": 1, "n_mamba_heads": 4}
    | ANY_STEP,
}


# What a model with heads of 32 dimensions needs for vLLM on a CPU; families that it ran with.
VLLM_FAMILIES = {
    "bloom": MORE_FAMILIES["bloom"],
    "cohere2": {},
    "exaone4": {},
    "falcon_h1": {"mamba_d_ssm": 256, "mamba_n_heads": 8, "mamba_d_head": 32, "head_dim": 32},
    "gemma": {"head_dim": 32},
    "glm4": {"head_dim": 32},
    "gpt_oss": {"head_dim": 32} | EXPERTS,
    "gptj": MORE_FAMILIES["gptj"] | {"n_embd": 128, "rotary_dim": 16},
    "nemotron": {},
    "nemotron_h": MORE_FAMILIES["nemotron_h"] | {"head_dim": 32},
    "olmo3": {},
    "olmoe": MORE_FAMILIES["olmoe"],
    "phi": {},
    "qwen3_moe": SMALL_EXPERTS,
    "stablelm": {},
    "starcoder2": {},
    "zamba2": MORE_FAMILIES["zamba2"],
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
