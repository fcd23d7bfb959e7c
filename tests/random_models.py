"""Small models of any kind with random weights."""

import torch


def random_model(kind, **options):
    """A causal language model of transformers' `kind`; options go before what is set here."""
    from transformers import CONFIG_MAPPING, AutoModelForCausalLM

    torch.manual_seed(0)
    shape = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "initializer_range": 0.3,  # so that what is attended to, and where, shows in the losses
    }
    return AutoModelForCausalLM.from_config(CONFIG_MAPPING[kind](**shape | options)).eval()
